import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { QueryResultRow } from 'pg';
import { dataSourceOptions } from '../ormconfig';
import { createClient, type DatabaseClient } from '../src/database/connection';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../src/database/embedded/embedded-postgres';
import { migrate } from '../src/database/migrate';

const MIGRATED_TEMPLATE = 'migrated_template';

export interface ClusterOptions {
  /** The program that starts it, as a part of the directory's name. */
  readonly owner: string;
  /** False: without fsync, for tests. */
  readonly durable?: boolean;
  /** Receives the lines that PostgreSQL's start reports. */
  readonly report?: (line: string) => void;
}

/** One embedded PostgreSQL in a temporary directory, and its databases. */
export class TemporaryCluster {
  private hasTemplate = false;

  private constructor(
    readonly postgres: EmbeddedPostgres,
    private readonly temporary: string,
  ) {}

  static async start({ owner, durable = true, report }: ClusterOptions): Promise<TemporaryCluster> {
    const directory = mkdtempSync(join(tmpdir(), `phaseline-${owner}-`));
    try {
      return new TemporaryCluster(await startEmbeddedPostgres({ directory, durable, report }), directory);
    } catch (error) {
      removeDirectory(directory);
      throw error;
    }
  }

  /** Creates a database and returns its URL. */
  async create(name: string, template = 'template0'): Promise<string> {
    await query(this.postgres.url, `CREATE DATABASE ${name} TEMPLATE ${template}`);
    return this.urlOf(name);
  }

  /** Creates a database with the whole schema and no tickets, and returns its URL. */
  async createMigrated(name: string): Promise<string> {
    if (!this.hasTemplate) await migrate(dataSourceOptions(await this.create(MIGRATED_TEMPLATE)));
    this.hasTemplate = true;
    return this.create(name, MIGRATED_TEMPLATE);
  }

  async drop(name: string): Promise<void> {
    await query(this.postgres.url, `DROP DATABASE ${name} WITH (FORCE)`);
  }

  /** Sends SIGKILL to PostgreSQL, which the embedded-PostgreSQL keeper then restarts as in production. */
  kill(): void {
    killPostgres(this.postgres.directory);
  }

  /** Stops PostgreSQL and removes its files. */
  async close(): Promise<void> {
    await this.postgres.stop();
    for (const directory of [this.postgres.directory, this.temporary]) removeDirectory(directory);
  }

  urlOf(name: string): string {
    const url = new URL(this.postgres.url);
    url.pathname = name;
    return url.toString();
  }
}

/** Returns the process id in the lock file of a data directory's PostgreSQL. */
export function postmasterOf(directory: string): number {
  const pid = Number(readFileSync(join(directory, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1) throw new Error(`${directory} contains no process id of its PostgreSQL.`);
  return pid;
}

/** Sends SIGKILL to the PostgreSQL of a data directory. Its child processes end with it. */
export function killPostgres(directory: string): void {
  process.kill(postmasterOf(directory), 'SIGKILL');
}

export function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}

/** Returns the rows of one query, sent on a connection of its own. */
export async function query<R extends QueryResultRow>(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<R[]> {
  return withClient(url, async (client) => (await client.query<R>(sql, [...values])).rows);
}

/** Runs `work` with a connection and closes it afterwards. */
export async function withClient<T>(url: string, work: (client: DatabaseClient) => Promise<T>): Promise<T> {
  const client = createClient(url);
  await client.connect();
  return work(client).finally(() => client.end());
}
