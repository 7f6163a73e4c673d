import {
  Client,
  escapeIdentifier,
  Pool,
  type ClientConfig,
  type PoolConfig,
  type QueryConfig,
  type QueryResult,
} from 'pg';
import type { Writable } from 'node:stream';
import { boundaryOf, localSettings, onlyReads, poolModeOf } from './pooler';
import { requireIdentity, type ServerIdentity } from './server-identity';

/** Timeouts of a request at the database, in milliseconds. They keep every response within the promised 5 s. */
export const DATABASE_TIMEOUTS = { connect: 2_000, lock: 2_000, statement: 4_000 } as const;

/** Limits that end a statement or a session of a request. Long work runs without them. */
const REQUEST_LIMITS = {
  lock_timeout: DATABASE_TIMEOUTS.lock,
  statement_timeout: DATABASE_TIMEOUTS.statement,
  idle_in_transaction_session_timeout: 15_000,
} as const;

/** How long the driver waits for a result, in milliseconds. */
const QUERY_TIMEOUT = DATABASE_TIMEOUTS.statement + 500;

/** How long a program waits for a connection, in milliseconds. Requests wait for `DATABASE_TIMEOUTS.connect`. */
const PROGRAM_CONNECT_TIMEOUT = 10_000;

/**
 * Session settings that replace the defaults of the server, the database and the role, since the meaning of statements and
 * results depends on them. Poolers such as PgBouncer accept these as startup parameters and keep them for each client.
 */
export const POOLED_SETTINGS: Readonly<Record<string, string>> = {
  DateStyle: 'ISO, MDY',
  TimeZone: 'UTC',
  standard_conforming_strings: 'on',
};

/** Further session settings. PgBouncer refuses them as startup parameters. */
export const DIRECT_SETTINGS: Readonly<Record<string, string>> = {
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '1',
  array_nulls: 'on',
  default_transaction_isolation: 'read committed',
  // A COMMIT that is not replicated is reported by a warning only.
  client_min_messages: 'warning',
};

/** How long a pool keeps a connection, in seconds. A name that moves to another server is followed within this time. */
const CONNECTION_LIFETIME = 300;

/** Properties of a connection that depend on its user. */
export interface ConnectionPurpose {
  /** The application name that the database shows. */
  readonly program?: string;
  /** True for the connections of requests, whose statements have timeouts. */
  readonly limited?: boolean;
  /** How long to wait for the connection, in milliseconds. */
  readonly connectTimeout?: number;
}

/** The method of node-postgres that returns the parameters of the startup packet. Its types lack it. */
const { getStartupConf } = Client.prototype as unknown as { getStartupConf(this: Client): Record<string, string> };

/** Reads the parameters of a URL that say how the server must identify itself. `require_auth` is named as in libpq. */
function identityIn(url: string): ServerIdentity {
  const { searchParams } = new URL(url);
  return {
    scramOnly: searchParams.get('require_auth') === 'scram-sha-256',
    dataDirectory: searchParams.get('data_directory') ?? undefined,
  };
}

function schemaIn(url: string | undefined): Record<string, string> {
  const schema = url === undefined ? null : new URL(url).searchParams.get('search_path');
  return schema === null ? {} : { search_path: escapeIdentifier(schema) };
}

/** A connection of Phaseline. Clients, pools and DataSources all use this class, so that one place decides how they connect. */
export class DatabaseClient extends Client {
  /** Settings that only a direct connection can have, and the schema of Phaseline's tables where the URL names it. */
  private readonly direct: Readonly<Record<string, string>>;

  constructor(config: ClientConfig = {}) {
    super(config);
    const { connectionString: url } = config;
    this.direct = poolModeOf(url ?? '') === 'direct' ? { ...DIRECT_SETTINGS, ...schemaIn(url) } : {};
    if (url !== undefined) requireIdentity(this.connection, identityIn(url));
  }

  /** Returns the parameters of the startup packet. Settings in it cost no round trip. */
  protected getStartupConf(): Record<string, string> {
    return { ...getStartupConf.call(this), ...POOLED_SETTINGS, ...this.direct };
  }
}

/** The settings that each transaction of a request carries where the startup packet cannot. */
const CARRIED = localSettings({ ...REQUEST_LIMITS, ...DIRECT_SETTINGS });

/**
 * A connection of requests through a pooler. Each transaction carries the limits and settings, and so does a transaction around
 * each statement outside of one, which is sent in one packet. Nothing stays behind on the session, which others use next.
 */
export class PooledClient extends DatabaseClient {
  private isInTransaction = false;

  /** Sends a statement as node-postgres does. It supports promises, not callbacks. */
  override readonly query = ((query: string | QueryConfig, values?: unknown[]) =>
    this.carry(query, values)) as DatabaseClient['query'];

  private carry(query: string | QueryConfig, values: unknown[] | undefined): Promise<QueryResult> {
    const text = typeof query === 'string' ? query : query.text;
    const boundary = boundaryOf(text);
    if (boundary !== 'none') this.isInTransaction = boundary === 'begin';
    if (boundary === 'begin') return this.send(`${text}; ${CARRIED}`);
    if (boundary === 'end' || this.isInTransaction) return this.send(query, values);
    return this.sendAlone(query, values, onlyReads(text) ? 'READ ONLY' : 'READ WRITE');
  }

  private async sendAlone(
    query: string | QueryConfig,
    values: unknown[] | undefined,
    access: string,
  ): Promise<QueryResult> {
    const { stream } = (this as unknown as { connection: { stream: Writable } }).connection;
    stream.cork();
    const sent = [
      this.send(`BEGIN ISOLATION LEVEL READ COMMITTED ${access}; ${CARRIED}`),
      this.send(query, values),
      this.send('COMMIT'),
    ] as const;
    stream.uncork();
    const [, answer, end] = await Promise.allSettled(sent);
    if (answer.status === 'rejected') throw answer.reason;
    if (end.status === 'rejected') throw end.reason;
    return answer.value;
  }

  private send(query: string | QueryConfig, values?: unknown[]): Promise<QueryResult> {
    return super.query(query as string, values);
  }
}

const LONG_SETTINGS = {
  ...DIRECT_SETTINGS,
  statement_timeout: 0,
  lock_timeout: 0,
  idle_in_transaction_session_timeout: 0,
  transaction_timeout: 0,
};

/**
 * Lifts the timeouts of the server and the role for the rest of a transaction, and makes its settings certain. Leaves out
 * settings that the server does not know.
 */
export const LONG_TRANSACTION = `
  SELECT set_config(name, value, true) FROM pg_settings JOIN (VALUES ${Object.entries(LONG_SETTINGS)
    .map(([name, value]) => `('${name}', '${value}')`)
    .join(', ')}) AS wanted (name, value) USING (name)`;

/**
 * Returns the options of a connection. They also fit a pool and `extra` of a DataSource, whose own `url` must be absent.
 *
 * @param url a postgres:// URL
 */
export function connectionOptions(url: string, purpose: ConnectionPurpose = {}): PoolConfig {
  const { program = 'phaseline', limited = false, connectTimeout = PROGRAM_CONNECT_TIMEOUT } = purpose;
  const isPooled = limited && poolModeOf(url) !== 'direct';
  const pooled = { query_timeout: QUERY_TIMEOUT, pipeline: true };
  const direct = { query_timeout: QUERY_TIMEOUT, ...REQUEST_LIMITS };
  return {
    Client: isPooled ? PooledClient : DatabaseClient,
    connectionString: url,
    application_name: program,
    connectionTimeoutMillis: limited ? DATABASE_TIMEOUTS.connect : connectTimeout,
    keepAlive: true,
    maxLifetimeSeconds: CONNECTION_LIFETIME,
    ...(isPooled ? pooled : limited ? direct : {}),
  };
}

/** Creates a connection, which the caller opens and ends. The statements of a broken connection fail by themselves. */
export function createClient(url: string, purpose?: ConnectionPurpose): DatabaseClient {
  const options = connectionOptions(url, purpose);
  const client = options.Client === PooledClient ? new PooledClient(options) : new DatabaseClient(options);
  // Without a listener, the loss of the connection would end the process.
  client.on('error', () => undefined);
  return client;
}

/**
 * Creates a pool.
 *
 * @param options of `connectionOptions`, and the size of the pool
 * @param onError called when an idle connection is lost
 */
export function createPool(options: PoolConfig, onError: (error: Error) => void): Pool {
  const pool = new Pool(options);
  pool.on('error', onError);
  // Statements of a broken connection fail by themselves. Without a listener the error would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
