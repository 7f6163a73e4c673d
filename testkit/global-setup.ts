import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { dataSourceOptions } from '../ormconfig';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../src/database/embedded/embedded-postgres';
import { migrate } from '../src/database/migrate';
import { databaseUrl, TEMPLATE } from './database';

declare global {
  var testServer: EmbeddedPostgres;
  var testDirectory: string;
}

/** One throw-away PostgreSQL for the whole run, with a migrated database that every test file clones. */
export default async function globalSetup(): Promise<void> {
  globalThis.testDirectory = mkdtempSync(join(tmpdir(), 'phaseline-test-'));
  globalThis.testServer = await startEmbeddedPostgres({ directory: globalThis.testDirectory, durable: false });
  process.env['TEST_POSTGRES_URL'] = globalThis.testServer.url;
  const admin = new Client(globalThis.testServer.url);
  await admin.connect();
  await admin.query(`CREATE DATABASE ${TEMPLATE}`);
  await admin.end();
  await migrate(dataSourceOptions(databaseUrl(TEMPLATE)));
}
