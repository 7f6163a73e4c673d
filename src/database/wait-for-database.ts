import { Client } from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { isUnavailable } from './database-errors';

/** How often a start looks for a database that is not there yet, and how long each time, in milliseconds. */
const PACE = { pause: 1_000, attempt: 5_000 } as const;

/**
 * Waits for a database that other processes may still be starting.
 *
 * @param seconds how long
 * @param report is told, in plain words, why it waits, and again when that is another reason
 * @throws Error when it did not come, or at once when waiting cannot help (wrong password, no such database)
 */
export async function waitForDatabase(url: string, seconds: number, report: (line: string) => void): Promise<void> {
  const deadline = Date.now() + seconds * 1_000;
  let told: string | undefined;
  for (;;) {
    const error = await tryToConnect(url);
    if (error === undefined) return;
    const reason = `${placeOf(url)}: ${reasonOf(error)}`;
    if (!isUnavailable(error)) throw new Error(`Cannot use the database at ${reason}`, { cause: error });
    if (Date.now() >= deadline) {
      throw new Error(
        `Gave up after ${seconds} s on the database at ${reason}\n` +
          'Start it, or correct DATABASE_URL, or unset DATABASE_URL to use an embedded PostgreSQL.',
        { cause: error },
      );
    }
    if (reason !== told) report(`Waiting up to ${seconds} s for the database at ${reason}`);
    told = reason;
    await sleep(PACE.pause);
  }
}

async function tryToConnect(url: string): Promise<Error | undefined> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: PACE.attempt });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return undefined;
  } catch (error) {
    return error as Error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Host, port and name: everything of a URL that is no secret. */
export function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host || 'localhost'}${pathname}`;
}

function reasonOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((inner: Error) => inner.message).join('; ');
  return error.message || (error as NodeJS.ErrnoException).code || String(error);
}
