import { statfsSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { query, type Cluster } from './cluster';
import { POOL_SIZES } from './server-process';

/** What the figures were measured on, and with. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly postgres: string;
  /** Where the database is: on a disk, or in memory, where syncing costs nothing. */
  readonly storage: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly poolSizes: Readonly<Record<string, number>>;
}

const SETTINGS = [
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'wal_sync_method',
  'wal_level',
  'wal_compression',
  'data_checksums',
  'shared_buffers',
  'max_wal_size',
  'checkpoint_timeout',
  'max_connections',
  'autovacuum',
];

/** The number by which Linux knows a file system that is in memory. */
const TMPFS = 0x01021994;

export async function describeMachine({ postgres }: Cluster): Promise<Machine> {
  const rows = await query<{ name: string; value: string }>(
    postgres.url,
    `SELECT name, current_setting(name) AS value FROM pg_settings WHERE name IN ('${SETTINGS.join("','")}') ORDER BY name`,
  );
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    system: `${type()} ${release()} ${process.arch}`,
    node: process.version,
    postgres: postgres.version,
    storage: statfsSync(postgres.directory).type === TMPFS ? 'memory (tmpfs): syncing costs nothing' : 'disk',
    settings: Object.fromEntries(rows.map(({ name, value }) => [name, value])),
    poolSizes: POOL_SIZES,
  };
}
