import type { Config } from '../config/config';
import { startEmbeddedPostgres } from './embedded-postgres';
import { placeOf, waitForDatabase } from './wait-for-database';

/** A database that can be reached. */
export interface OpenDatabase {
  url: string;
  /** Where the data are, for people. */
  place: string;
  /** Stops what `openDatabase` started, and nothing else. */
  close(): Promise<void>;
}

/**
 * Takes the database of `DATABASE_URL` and starts nothing, or starts an embedded PostgreSQL in `DATA_DIR`.
 *
 * @param report is told, in plain words, what happens
 * @param onFailure is told when the embedded server is gone for good
 */
export async function openDatabase(
  config: Pick<Config, 'databaseUrl' | 'dataDir' | 'dbWaitSeconds'>,
  report: (line: string) => void,
  onFailure: (error: Error) => void,
): Promise<OpenDatabase> {
  if (config.databaseUrl !== undefined) {
    await waitForDatabase(config.databaseUrl, config.dbWaitSeconds, report);
    const place = `${placeOf(config.databaseUrl)} (DATABASE_URL)`;
    return { url: config.databaseUrl, place, close: () => Promise.resolve() };
  }
  const server = await startEmbeddedPostgres({ directory: config.dataDir, report, onFailure });
  const place = `${server.directory} (embedded PostgreSQL ${server.version})`;
  return { url: server.url, place, close: () => server.stop() };
}
