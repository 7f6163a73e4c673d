import { randomUUID } from 'node:crypto';
import type { QueryResultRow } from 'pg';
import { createClient } from '../src/database/connection';
import { query } from './cluster';

export const TEMPLATE = 'phaseline_test_template';

/** A database of one test file. */
export interface TestDatabase {
  url: string;
  /** Runs SQL on a connection of its own, beside the application. */
  query<R extends QueryResultRow>(sql: string, values?: unknown[]): Promise<R[]>;
  drop(): Promise<void>;
}

/** Returns the URL of a database of this test run's server. */
export function databaseUrl(name: string): string {
  const url = new URL(adminUrl());
  url.pathname = name;
  return url.toString();
}

function adminUrl(): string {
  return process.env['TEST_POSTGRES_URL'] ?? '';
}

/** @param template `template0` for a database without the schema */
export async function createTestDatabase(template = TEMPLATE): Promise<TestDatabase> {
  const name = `phaseline_test_${randomUUID().replaceAll('-', '')}`;
  await query(adminUrl(), `CREATE DATABASE ${name} TEMPLATE ${template}`);
  const database = await borrowDatabase(databaseUrl(name));
  const drop = async (): Promise<void> => {
    await database.drop();
    await query(adminUrl(), `DROP DATABASE ${name} WITH (FORCE)`);
  };
  return { ...database, drop };
}

/** Connects to an existing database. `drop` closes the connection and leaves the database to its owner. */
export async function borrowDatabase(url: string): Promise<TestDatabase> {
  const client = createClient(url);
  await client.connect();
  return { url, query: async (sql, values) => (await client.query(sql, values)).rows, drop: () => client.end() };
}
