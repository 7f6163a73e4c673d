import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/config';
import { locationOf } from '../config/database-url';
import { isUnavailable, sqlStateOf } from './database-errors';
import { checkDatabase, findTables } from './external-database';
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
 * @param access `read` also opens a database that the server would reject, so that it can be exported
 */
export async function openDatabase(
  config: DatabaseSettings,
  report: (line: string) => void,
  onFailure: (error: Error) => void,
  access: 'read' | 'write' = 'write',
): Promise<OpenDatabase> {
  const { databaseUrl: url, databaseDirectUrl: directUrl = url, dbWaitSeconds } = config;
  if (url !== undefined && directUrl !== undefined) {
    for (const each of new Set([url, directUrl])) await waitForDatabase(each, dbWaitSeconds, report);
    const open = (each: string): Promise<string> =>
      access === 'write' ? checkDatabase(each, locationOf(each)) : findTables(each);
    const place = `${locationOf(url)} (DATABASE_URL)`;
    const opened = await open(url);
    return {
      url: opened,
      directUrl: directUrl === url ? opened : await open(directUrl),
      place,
      close: () => Promise.resolve(),
    };
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
  return openDatabase(config, report, onFailure, 'read');
}

/**
 * Waits for a database that may still be starting.
 *
 * @param report receives the reason for waiting, and each new one
 * @throws Error after `seconds`, or immediately when waiting cannot help (wrong password, unknown database)
 */
async function waitForDatabase(url: string, seconds: number, report: (line: string) => void): Promise<void> {
  const deadline = performance.now() + seconds * 1_000;
  let reported: string | undefined;
  for (;;) {
    const error = await tryToConnect(url);
    if (error === undefined) return;
    const reason = `${locationOf(url)}: ${reasonOf(error)}`;
    if (!isUnavailable(error))
      throw new Error(`Cannot use the database at ${reason}${remedyOf(error)}`, { cause: error });
    if (performance.now() >= deadline) {
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

/** Returns what to do about an error of a connection. */
function remedyOf(error: Error): string {
  const remedies: Record<string, string> = {
    '28P01': 'Correct the user name or the password in DATABASE_URL.',
    '28000': 'Correct the user in DATABASE_URL, or admit it in the pg_hba.conf of the server.',
    '3D000': 'Create the database, or correct its name in DATABASE_URL.',
    '42501': 'As the owner of the database: GRANT CONNECT ON DATABASE … TO the role.',
  };
  const remedy = remedies[sqlStateOf(error) ?? ''];
  return remedy === undefined ? '' : `. ${remedy}`;
}

function reasonOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((inner: Error) => inner.message).join('; ');
  return error.message || (error as NodeJS.ErrnoException).code || String(error);
}
