import { createClient, DATABASE_TIMEOUTS, type DatabaseClient } from './connection';
import { sqlStateOf } from './database-errors';
import { rememberPoolMode, type PoolMode } from './pooler';

/** Attempts to meet a server connection again that a pooler lends. Poolers lend the last one first, or all in turn. */
const ATTEMPTS = 20;

/** Error codes of a named statement on a server connection that does not know it, or knows it from another client. */
const LOST_STATEMENT = new Set<string | undefined>(['26000', '42P05']);

/**
 * Connects to a database, finds out whether a pooler is in between, and remembers it for later connections. A server accepts
 * the limits of requests in the startup packet; a pooler refuses or ignores them.
 *
 * @throws Error of the driver when the database cannot be used, and Error for a pooler that cannot be used
 */
export async function findPoolMode(url: string, connectTimeout: number): Promise<PoolMode> {
  rememberPoolMode(url, 'direct');
  if (await acceptsLimits(url)) return 'direct';
  rememberPoolMode(url, 'session');
  const clients = [createClient(url, { connectTimeout }), createClient(url, { connectTimeout })] as const;
  try {
    for (const client of clients) await client.connect();
    const mode = await probe(...clients);
    rememberPoolMode(url, mode);
    return mode;
  } finally {
    for (const client of clients) await client.end().catch(() => undefined);
  }
}

async function acceptsLimits(url: string): Promise<boolean> {
  const client = createClient(url, { limited: true });
  try {
    await client.connect();
    const { rows } = await client.query<{ limit: string }>(
      `SELECT setting AS limit FROM pg_settings WHERE name = 'statement_timeout'`,
    );
    return rows[0]?.limit === String(DATABASE_TIMEOUTS.statement);
  } catch (error) {
    if (/unsupported startup parameter/i.test((error as Error).message)) return false;
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Finds out whether a pooler lends the server connection of one client to the other. */
async function probe(first: DatabaseClient, second: DatabaseClient): Promise<PoolMode> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const lent = await serverOf(first);
    await second.query('BEGIN');
    const { rows } = await second.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const isShared = rows[0]?.pid === lent;
    // The first client gets another server connection now, where its named statement may be missing.
    if (isShared) await serverOf(first);
    await second.query('COMMIT');
    if (isShared) return 'transaction';
  }
  return 'session';
}

/** Returns the process id of the server connection, by a named statement. */
async function serverOf(client: DatabaseClient): Promise<number | undefined> {
  const query = { name: 'phaseline-pool-mode', text: 'SELECT pg_backend_pid() AS pid' };
  const { rows } = await client.query<{ pid: number }>(query).catch((error: unknown) => {
    if (!LOST_STATEMENT.has(sqlStateOf(error))) throw error;
    throw new Error(
      'the pooler runs in transaction mode and does not track prepared statements. Use PgBouncer 1.21 or newer with ' +
        'max_prepared_statements above 0, or pool_mode = session.',
      { cause: error },
    );
  });
  return rows[0]?.pid;
}
