import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type QueryResultRow } from 'pg';
import { dataSourceOptions } from '../ormconfig';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../src/database/embedded/embedded-postgres';
import { migrate } from '../src/database/migrate';
import { seed } from './seed';
import { SDLC_TERRAIN, type Terrain } from './terrain';

/** The number of tickets of an ordinary database here, and of a large one. Each has ten history rows. */
export const SIZES = { small: 10_000, large: 1_000_000 } as const;

const TEMPLATE = 'bench_template';

/** One embedded PostgreSQL with the settings of production, in a temporary directory, and its databases. */
export class Cluster {
  private hasTemplate = false;

  private constructor(
    readonly postgres: EmbeddedPostgres,
    private readonly temporary: string,
    private readonly say: (line: string) => void,
  ) {}

  /** @param say is told what takes long */
  static async start(say: (line: string) => void): Promise<Cluster> {
    const temporary = mkdtempSync(join(tmpdir(), 'phaseline-bench-'));
    try {
      return new Cluster(await startEmbeddedPostgres({ directory: temporary, report: say }), temporary, say);
    } catch (error) {
      rmSync(temporary, { recursive: true, force: true });
      throw error;
    }
  }

  /** A database with {@link SIZES.small} tickets, a copy of one and the same. */
  async createSmall(name: string): Promise<string> {
    if (!this.hasTemplate) await this.createMigrated(TEMPLATE, SIZES.small);
    this.hasTemplate = true;
    return this.create(name, TEMPLATE);
  }

  /** A database with {@link SIZES.small} tickets on this terrain, made anew. */
  createOn(name: string, terrain: Terrain): Promise<string> {
    return this.createMigrated(name, SIZES.small, terrain);
  }

  createLarge(name: string): Promise<string> {
    return this.createMigrated(name, SIZES.large);
  }

  async drop(...names: string[]): Promise<void> {
    for (const name of names) await query(this.postgres.url, `DROP DATABASE ${name} WITH (FORCE)`);
  }

  async close(): Promise<void> {
    await this.postgres.stop();
    for (const directory of [this.postgres.directory, this.temporary]) {
      rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    }
  }

  private async create(name: string, template: string): Promise<string> {
    await query(this.postgres.url, `CREATE DATABASE ${name} TEMPLATE ${template}`);
    const url = new URL(this.postgres.url);
    url.pathname = name;
    return url.toString();
  }

  private async createMigrated(name: string, tickets: number, terrain = SDLC_TERRAIN): Promise<string> {
    const url = await this.create(name, 'template0');
    await migrate(dataSourceOptions(url));
    await seed(url, tickets, this.say, terrain);
    return url;
  }
}

/** The rows of one query, on a connection of its own. */
export async function query<R extends QueryResultRow>(url: string, sql: string, values?: unknown[]): Promise<R[]> {
  return withClient(url, async (client) => (await client.query<R>(sql, values)).rows);
}

/** Lends a connection. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(url);
  await client.connect();
  return work(client).finally(() => client.end());
}
