import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/config';
import { isUnavailable } from './database-errors';
import { findPoolMode } from './find-pool-mode';
import { holdsData } from './embedded/data-directory';
import { startEmbeddedPostgres } from './embedded/embedded-postgres';

const RETRY_PAUSE_MS = 1_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** The settings that locate a database. */
type DatabaseSettings = Pick<Config, 'databaseUrl' | 'databaseDirectUrl' | 'dataDir' | 'dbWaitSeconds'>;

/** A reachable database. */
export interface OpenDatabase {
  url: string;
  /** The URL for work that needs a session, such as migrations. It bypasses a pooler. */
  directUrl: string;
  /** Location of the data, for messages. */
  place: string;
  /** Stops the server that `openDatabase` started, if any. */
  close(): Promise<void>;
}

/**
 * Waits for the database of `DATABASE_URL`, or starts an embedded PostgreSQL in `DATA_DIR`.
 *
 * @param report receives a line for each step
 * @param onFailure called when the embedded server has ended and cannot be restarted
 */
export async function openDatabase(
  config: DatabaseSettings,
  report: (line: string) => void,
  onFailure: (error: Error) => void,
): Promise<OpenDatabase> {
  const { databaseUrl: url, databaseDirectUrl: directUrl = url, dbWaitSeconds } = config;
  if (url !== undefined && directUrl !== undefined) {
    for (const each of new Set([url, directUrl])) await waitForDatabase(each, dbWaitSeconds, report);
    return { url, directUrl, place: `${locationOf(url)} (DATABASE_URL)`, close: () => Promise.resolve() };
  }
  const server = await startEmbeddedPostgres({ directory: config.dataDir, report, onFailure });
  const place = `${server.directory} (embedded PostgreSQL ${server.version})`;
  return { url: server.url, directUrl: server.url, place, close: () => server.stop() };
}

/**
 * Opens a database for a program that only reads. It does not create one.
 *
 * @throws Error when `DATA_DIR` has no database
 */
export async function openExistingDatabase(
  config: DatabaseSettings,
  report: (line: string) => void,
  onFailure: (error: Error) => void,
): Promise<OpenDatabase> {
  if (config.databaseUrl === undefined && !holdsData(config.dataDir)) {
    throw new Error(`There is no database in ${config.dataDir}. Use --data-dir or --database-url to name another one.`);
  }
  return openDatabase(config, report, onFailure);
}

/**
 * Waits for a database that may still be starting.
 *
 * @param report receives the reason for waiting, and each new one
 * @throws Error after `seconds`, or immediately when waiting cannot help (wrong password, unknown database)
 */
async function waitForDatabase(url: string, seconds: number, report: (line: string) => void): Promise<void> {
  const deadline = Date.now() + seconds * 1_000;
  let reported: string | undefined;
  for (;;) {
    const error = await tryToConnect(url);
    if (error === undefined) return;
    const reason = `${locationOf(url)}: ${reasonOf(error)}`;
    if (!isUnavailable(error)) throw new Error(`Cannot use the database at ${reason}`, { cause: error });
    if (Date.now() >= deadline) {
      throw new Error(
        `Gave up after ${seconds} s on the database at ${reason}\n` +
          'Start it, correct DATABASE_URL, or unset DATABASE_URL to use an embedded PostgreSQL.',
        { cause: error },
      );
    }
    if (reason !== reported) report(`Waiting up to ${seconds} s for the database at ${reason}`);
    reported = reason;
    await sleep(RETRY_PAUSE_MS);
  }
}

async function tryToConnect(url: string): Promise<Error | undefined> {
  try {
    await findPoolMode(url, CONNECT_TIMEOUT_MS);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** Returns host, port and database name of a URL, without its secrets. */
function locationOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host || 'localhost'}${pathname}`;
}

function reasonOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((inner: Error) => inner.message).join('; ');
  return error.message || (error as NodeJS.ErrnoException).code || String(error);
}
