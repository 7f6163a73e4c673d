import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { query, removeDirectory, withClient } from './cluster';
import { eventually } from './eventually';
import { PostgresProcess } from './postgres-process';
import { DatabaseProxy } from './proxy';

/** The application name of the standby. */
const STANDBY = 'standby';

/** A primary and a standby that follows it through a proxy. */
export class ReplicatedPostgres {
  private constructor(
    private readonly directory: string,
    readonly primary: PostgresProcess,
    readonly standby: PostgresProcess,
    /** The connection of the standby to the primary. */
    readonly link: DatabaseProxy,
  ) {}

  /**
   * Starts both servers and waits until the standby follows.
   *
   * @param owner the program that starts them, as a part of the directory's name
   * @param synchronous true: COMMIT waits until the standby has written the transaction to disk
   * @param prepare runs on the primary before it is copied
   */
  static async start(
    owner: string,
    synchronous: boolean,
    prepare: (primary: PostgresProcess) => Promise<void>,
  ): Promise<ReplicatedPostgres> {
    const directory = mkdtempSync(join(tmpdir(), `phaseline-${owner}-`));
    chmodSync(directory, 0o755);
    const primary = await PostgresProcess.create(join(directory, 'primary'));
    await prepare(primary);
    const link = await DatabaseProxy.to(primary.urlOf('postgres'));
    const copy = await copyCluster(primary, directory);
    const { port } = new URL(link.url);
    const conninfo = `host=127.0.0.1 port=${port} user=postgres application_name=${STANDBY}`;
    const standby = await primary.startOn(copy, { primary_conninfo: conninfo, wal_retrieve_retry_interval: '100ms' });
    const replicated = new ReplicatedPostgres(directory, primary, standby, link);
    await replicated.untilFollowed(synchronous);
    return replicated;
  }

  /** Makes the standby the primary, and waits until it accepts writes. */
  async promote(): Promise<void> {
    await query(this.standby.urlOf('postgres'), 'SELECT pg_promote(true)');
  }

  /** Cancels every COMMIT that waits for the standby, as an administrator does. @returns the number of them */
  async cancelWaits(): Promise<number> {
    const rows = await query(
      this.primary.urlOf('postgres'),
      `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`,
    );
    return rows.length;
  }

  async stop(): Promise<void> {
    await Promise.all([this.primary.stop(), this.standby.stop()]);
    await this.link.refuse();
    removeDirectory(this.directory);
  }

  private async untilFollowed(synchronous: boolean): Promise<void> {
    const admin = this.primary.urlOf('postgres');
    const names = synchronous ? STANDBY : '';
    await query(admin, `ALTER SYSTEM SET synchronous_standby_names = '${names}'`);
    await query(admin, 'SELECT pg_reload_conf()');
    await eventually(async () => {
      const [row] = await query<{ sync_state: string }>(
        admin,
        `SELECT sync_state FROM pg_stat_replication WHERE application_name = $1 AND state = 'streaming'`,
        [STANDBY],
      );
      return row?.sync_state === (synchronous ? 'sync' : 'async');
    });
  }
}

/** Copies a running cluster as pg_basebackup does, which the embedded binaries lack. @returns the copy's path */
async function copyCluster(primary: PostgresProcess, directory: string): Promise<string> {
  const copy = join(directory, 'standby');
  await withClient(primary.urlOf('postgres'), async (client) => {
    await client.query(`SELECT pg_backup_start('standby', true)`);
    execFileSync('cp', ['-a', primary.cluster, copy]);
    const { rows } = await client.query<{ labelfile: string }>('SELECT * FROM pg_backup_stop(false)');
    write(join(copy, 'backup_label'), rows[0]?.labelfile ?? '');
  });
  write(join(copy, 'standby.signal'), '');
  for (const name of ['postmaster.pid', 'postmaster.opts']) rmSync(join(copy, name), { force: true });
  return copy;
}

/** Writes a file that belongs to the owner of its directory. */
function write(file: string, text: string): void {
  writeFileSync(file, text);
  const { uid, gid } = statSync(dirname(file));
  chownSync(file, uid, gid);
}
