import { isLoopback } from './loopback';
import { isNetwork, isOrigin, listOf } from './network-lists';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const AUTH_MODES = ['off', 'required'] as const;
export type AuthMode = (typeof AUTH_MODES)[number];

/** The settings of one process, read and checked once, at boot. */
export interface Config {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Undefined: an embedded PostgreSQL in `dataDir`. */
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  /** Connections that reads and edits keep at most; moves have up to nine of their own. */
  readonly dbPoolSize: number;
  /** How long a start waits for `databaseUrl`, in seconds. */
  readonly dbWaitSeconds: number;
  readonly logLevel: LogLevel;
  /** Whether every request needs an API key. */
  readonly auth: AuthMode;
  /** Requests a minute and caller at most; 0: any number. */
  readonly rateLimit: number;
  /** The origins whose pages may use the API from a browser. */
  readonly corsOrigins: readonly string[];
  /** Addresses and networks (CIDR) of proxies, which are believed whom a request comes from. */
  readonly trustedProxies: readonly string[];
}

/** `RATE_LIMIT_MAX` where other machines can reach the server: ten requests a second. */
const PUBLIC_RATE_LIMIT = 600;

/** Settings that make no sense, all of them at once. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/**
 * Reads the settings from an environment; an empty value counts as absent.
 *
 * @throws ConfigError naming every setting that is wrong, what was expected and what came
 */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const problems: string[] = [];
  const read = <T>(name: string, fallback: T, parse: (text: string) => T | undefined, expected: string): T => {
    const text = environment[name]?.trim();
    if (!text) return fallback;
    const value = parse(text);
    if (value === undefined) problems.push(`${name} must be ${expected}; got ${shown(name, text)}`);
    return value ?? fallback;
  };
  const host = read('HOST', '127.0.0.1', (text) => text, 'a host name or an IP address');
  const config: Config = {
    host,
    port: read('PORT', 3000, wholeNumber(0, 65_535), 'a whole number from 0 to 65535'),
    databaseUrl: read<string | undefined>('DATABASE_URL', undefined, postgresUrl, 'a postgres:// URL'),
    dataDir: read('DATA_DIR', '.data', (text) => text, 'a directory'),
    dbPoolSize: read('DB_POOL_SIZE', 10, wholeNumber(1, 1_000), 'a whole number from 1 to 1000'),
    dbWaitSeconds: read('DB_WAIT_SECONDS', 30, wholeNumber(0, 3_600), 'a whole number from 0 to 3600'),
    logLevel: read<LogLevel>('LOG_LEVEL', 'info', oneOf(LOG_LEVELS), `one of ${LOG_LEVELS.join(', ')}`),
    auth: read<AuthMode>('AUTH', 'off', oneOf(AUTH_MODES), `one of ${AUTH_MODES.join(', ')}`),
    rateLimit: read(
      'RATE_LIMIT_MAX',
      isLoopback(host) ? 0 : PUBLIC_RATE_LIMIT,
      wholeNumber(0, 1_000_000),
      'a whole number from 0 to 1000000',
    ),
    corsOrigins: read<string[]>(
      'CORS_ORIGINS',
      [],
      listOf(isOrigin),
      'origins such as https://board.example, with commas between',
    ),
    trustedProxies: read<string[]>(
      'TRUST_PROXY',
      [],
      listOf(isNetwork),
      'addresses or networks such as 10.0.0.0/8, with commas between',
    ),
  };
  problems.push(...exposure(config));
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** Without keys, whoever reaches the server may do everything, so only this machine may reach it. */
function exposure({ host, auth }: Config): string[] {
  if (auth === 'required' || isLoopback(host)) return [];
  const why = `HOST=${host} can be reached from other machines, and with AUTH=off all of them could change every ticket`;
  return [`AUTH must be required here: ${why}. Set AUTH=required, or HOST=127.0.0.1`];
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

function postgresUrl(text: string): string | undefined {
  return /^postgres(ql)?:\/\//.test(text) && URL.canParse(text) ? text : undefined;
}

/** A database URL holds a password, so a wrong one is never repeated. */
function shown(name: string, text: string): string {
  return name.endsWith('_URL') ? 'something else (not shown: it may hold a password)' : JSON.stringify(text);
}
