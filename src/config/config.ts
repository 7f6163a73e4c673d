import { existsSync } from 'node:fs';
import { isLoopback, isNetwork, isOrigin, listParser } from './network-addresses';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const AUTH_MODES = ['off', 'required'] as const;
export type AuthMode = (typeof AUTH_MODES)[number];

/** Settings of one process. They are read and validated once, at the start. */
export interface Config {
  readonly host: string;
  /** 0 selects any free port. */
  readonly port: number;
  /** Undefined selects an embedded PostgreSQL in `dataDir`. */
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  /** Maximum number of connections for reads and edits. Transitions use up to nine more. */
  readonly dbPoolSize: number;
  /** How long a start waits for `databaseUrl`, in seconds. */
  readonly dbWaitSeconds: number;
  readonly logLevel: LogLevel;
  /** `required` rejects requests without an API key. */
  readonly auth: AuthMode;
  /** File that receives the secret of the first admin key; undefined: standard output. */
  readonly adminKeyFile: string | undefined;
  /** Maximum number of requests per minute and caller; 0 is no limit. */
  readonly rateLimit: number;
  /** Origins whose pages may call the API from a browser. */
  readonly corsOrigins: readonly string[];
  /** The path prefix under which clients reach the server, such as `/phaseline`; empty: none. */
  readonly basePath: string;
  /** Addresses and networks (CIDR) of proxies whose X-Forwarded-For is trusted. */
  readonly trustedProxies: readonly string[];
  /** How long the server serves requests after a signal to stop, in seconds. */
  readonly shutdownGrace: number;
}

/** Default of `RATE_LIMIT_MAX` when other machines reach the server, also through a proxy: ten requests per second. */
const PUBLIC_RATE_LIMIT = 600;

/** Default of `SHUTDOWN_GRACE_SECONDS` for the same servers: load balancers check about as often. */
const PUBLIC_GRACE = 5;

/** Reports every invalid setting at once. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`Invalid settings:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/**
 * Reads the settings from environment variables. An empty value counts as absent.
 *
 * @throws ConfigError with every invalid setting, its expected and its actual value
 */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const problems: string[] = [];
  const read = readerOf(environment, problems);
  const host = read('HOST', '127.0.0.1', (text) => text, 'a host name or an IP address');
  const trustedProxies = read<string[]>(
    'TRUST_PROXY',
    [],
    listParser(isNetwork),
    'comma-separated addresses or networks such as 10.0.0.0/8',
  );
  const isPublic = !isLoopback(host) || trustedProxies.length > 0;
  const config: Config = {
    host,
    port: read('PORT', 3000, wholeNumber(0, 65_535), 'a whole number from 0 to 65535'),
    databaseUrl: read<string | undefined>('DATABASE_URL', undefined, postgresUrl, 'a postgres:// URL'),
    dataDir: read('DATA_DIR', '.data', (text) => text, 'a directory'),
    dbPoolSize: read('DB_POOL_SIZE', 10, wholeNumber(1, 1_000), 'a whole number from 1 to 1000'),
    dbWaitSeconds: read('DB_WAIT_SECONDS', 30, wholeNumber(0, 3_600), 'a whole number from 0 to 3600'),
    logLevel: read<LogLevel>('LOG_LEVEL', 'info', oneOf(LOG_LEVELS), `one of ${LOG_LEVELS.join(', ')}`),
    auth: read<AuthMode>('AUTH', 'off', oneOf(AUTH_MODES), `one of ${AUTH_MODES.join(', ')}`),
    adminKeyFile: read<string | undefined>('ADMIN_KEY_FILE', undefined, (text) => text, 'a file'),
    rateLimit: read(
      'RATE_LIMIT_MAX',
      isPublic ? PUBLIC_RATE_LIMIT : 0,
      wholeNumber(0, 1_000_000),
      'a whole number from 0 to 1000000',
    ),
    corsOrigins: read<string[]>(
      'CORS_ORIGINS',
      [],
      listParser(isOrigin),
      'comma-separated origins such as https://board.example',
    ),
    basePath: read(
      'BASE_PATH',
      '',
      pathPrefix,
      'a path such as /phaseline that does not begin like a route of its own',
    ),
    trustedProxies,
    shutdownGrace: read(
      'SHUTDOWN_GRACE_SECONDS',
      isPublic ? PUBLIC_GRACE : 0,
      wholeNumber(0, 300),
      'a whole number from 0 to 300',
    ),
  };
  problems.push(...findExposure(config));
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** Returns a function that reads a setting, and adds what is wrong with it to the problems. */
function readerOf(environment: NodeJS.ProcessEnv, problems: string[]) {
  return <T>(name: string, fallback: T, parse: (text: string) => T | undefined, expected: string): T => {
    const text = environment[name]?.trim();
    if (!text) return fallback;
    const value = parse(text);
    if (value === undefined) problems.push(`${name} must be ${expected}; got ${printable(name, text)}`);
    return value ?? fallback;
  };
}

/** Options of a command line that locate the data. */
export interface DataLocation {
  readonly databaseUrl: string | undefined;
  readonly dataDir: string | undefined;
}

/**
 * Reads the settings that locate the data, for programs that run beside the server. Other settings are ignored, even
 * invalid ones.
 *
 * @throws ConfigError when one of them is invalid
 */
export function readDataSettings({ databaseUrl, dataDir }: DataLocation): Config {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const { DATABASE_URL, DATA_DIR, DB_WAIT_SECONDS } = process.env;
  if (databaseUrl !== undefined) return readConfig({ DATABASE_URL: databaseUrl, DB_WAIT_SECONDS });
  if (dataDir !== undefined) return readConfig({ DATA_DIR: dataDir });
  return readConfig({ DATABASE_URL, DATA_DIR, DB_WAIT_SECONDS });
}

/** Rejects a public address without authentication, which would give every client full access. */
function findExposure({ host, auth }: Config): string[] {
  if (auth === 'required' || isLoopback(host)) return [];
  const reason = `other machines can reach HOST=${host}, and AUTH=off would let all of them change every ticket`;
  return [`AUTH must be required: ${reason}. Set AUTH=required, or HOST=127.0.0.1`];
}

function wholeNumber(least: number, most: number) {
  return (text: string): number | undefined => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    return value >= least && value <= most ? value : undefined;
  };
}

function oneOf<T extends string>(values: readonly T[]) {
  return (text: string): T | undefined => values.find((value) => value === text.toLowerCase());
}

/** Paths of the server. A prefix that begins like one would be ambiguous. */
const OWN_PATHS = /^\/(api|docs|health|metrics|openapi\.json)(\/|$)/;

function pathPrefix(text: string): string | undefined {
  return /^(\/[A-Za-z0-9_~-][\w.~-]*)+$/.test(text) && !OWN_PATHS.test(text) ? text : undefined;
}

function postgresUrl(text: string): string | undefined {
  return /^postgres(ql)?:\/\//.test(text) && URL.canParse(text) ? text : undefined;
}

/** Returns a value for a message. A database URL may hold a password, so it is not shown. */
function printable(name: string, text: string): string {
  return name.endsWith('_URL') ? 'another value (not shown, it may contain a password)' : JSON.stringify(text);
}
