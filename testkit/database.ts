import { randomUUID } from 'node:crypto';
import { Client, type QueryResultRow } from 'pg';

export const TEMPLATE = 'phaseline_test_template';

/** A database of one test file. Its name says that it may be dropped. */
export interface TestDatabase {
  url: string;
  /** Runs SQL beside the application, on a connection of its own. */
  query<R extends QueryResultRow>(sql: string, values?: unknown[]): Promise<R[]>;
  drop(): Promise<void>;
}

/** The URL of a database on the server of this test run. */
export function databaseUrl(name: string): string {
  const url = new URL(process.env['TEST_POSTGRES_URL']!);
  url.pathname = name;
  return url.toString();
}

/** @param template `template0` for a database that nobody has migrated yet */
export async function createTestDatabase(template = TEMPLATE): Promise<TestDatabase> {
  const name = `phaseline_test_${randomUUID().replaceAll('-', '')}`;
  await asAdmin(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  const database = await borrowDatabase(databaseUrl(name));
  const drop = async (): Promise<void> => {
    await database.drop();
    await asAdmin(`DROP DATABASE ${name} WITH (FORCE)`);
  };
  return { ...database, drop };
}

/** A database that somebody else has made and will remove; here it is only let go. */
export async function borrowDatabase(url: string): Promise<TestDatabase> {
  const client = new Client(url);
  await client.connect();
  return { url, query: async (sql, values) => (await client.query(sql, values)).rows, drop: () => client.end() };
}

async function asAdmin(sql: string): Promise<void> {
  const admin = new Client(process.env['TEST_POSTGRES_URL']!);
  await admin.connect();
  await admin.query(sql).finally(() => admin.end());
}
