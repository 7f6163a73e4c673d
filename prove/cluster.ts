import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type QueryResultRow } from 'pg';
import { dataSourceOptions } from '../ormconfig';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../src/database/embedded/embedded-postgres';
import { migrate } from '../src/database/migrate';

const TEMPLATE = 'prove_template';

/** One embedded PostgreSQL with the settings of production, in a temporary directory, and its databases. */
export class Cluster {
  private databases = 0;

  private constructor(
    private readonly postgres: EmbeddedPostgres,
    private readonly temporary: string,
  ) {}

  static async start(say: (line: string) => void): Promise<Cluster> {
    const temporary = mkdtempSync(join(tmpdir(), 'phaseline-prove-'));
    try {
      const cluster = new Cluster(await startEmbeddedPostgres({ directory: temporary, report: say }), temporary);
      await query(cluster.postgres.url, `CREATE DATABASE ${TEMPLATE} TEMPLATE template0`);
      await migrate(dataSourceOptions(cluster.urlOf(TEMPLATE)));
      return cluster;
    } catch (error) {
      rmSync(temporary, { recursive: true, force: true });
      throw error;
    }
  }

  /** A new database with the whole schema and nothing in it. */
  async createDatabase(): Promise<string> {
    const name = `prove_${++this.databases}`;
    await query(this.postgres.url, `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
    return this.urlOf(name);
  }

  async drop(url: string): Promise<void> {
    await query(this.postgres.url, `DROP DATABASE ${new URL(url).pathname.slice(1)} WITH (FORCE)`);
  }

  /** `kill -9`; the server is brought back as in production. */
  kill(): void {
    killPostgres(this.postgres.directory);
  }

  async close(): Promise<void> {
    await this.postgres.stop();
    for (const directory of [this.postgres.directory, this.temporary]) removeDirectory(directory);
  }

  private urlOf(database: string): string {
    const url = new URL(this.postgres.url);
    url.pathname = database;
    return url.toString();
  }
}

/** Ends the PostgreSQL of a data directory with `kill -9`. Its first process takes all others with it. */
export function killPostgres(directory: string): void {
  const pid = Number(readFileSync(join(directory, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1) throw new Error(`${directory} does not say which process its PostgreSQL is.`);
  process.kill(pid, 'SIGKILL');
}

export function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}

/** The rows of one query, on a connection of its own. */
export async function query<R extends QueryResultRow>(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<R[]> {
  return withClient(url, async (client) => (await client.query<R>(sql, [...values])).rows);
}

/** Lends a connection. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(url);
  client.on('error', () => undefined);
  await client.connect();
  return work(client).finally(() => client.end());
}
