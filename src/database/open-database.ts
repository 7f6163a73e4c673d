import type { Config } from '../config/config';
import { holdsData } from './embedded/data-directory';
import { startEmbeddedPostgres } from './embedded/embedded-postgres';
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

/**
 * The same for programs that only read: they make no database.
 *
 * @throws Error when there is none
 */
export async function openExistingDatabase(
  config: Pick<Config, 'databaseUrl' | 'dataDir' | 'dbWaitSeconds'>,
  report: (line: string) => void,
  onFailure: (error: Error) => void,
): Promise<OpenDatabase> {
  if (config.databaseUrl === undefined && !holdsData(config.dataDir)) {
    throw new Error(`There is no database in ${config.dataDir}. Name another with --data-dir or --database-url.`);
  }
  return openDatabase(config, report, onFailure);
}
