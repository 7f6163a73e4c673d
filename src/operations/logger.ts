import type { LoggerService } from '@nestjs/common';
import pino, { type Logger, type LoggerOptions } from 'pino';
import type { LogLevel } from '../config/config';
import { printable } from '../terminal/printable';
import { maskSecrets } from './mask-secrets';

/** Parameters of failed statements, which contain users' texts and hashes of keys. */
const REDACTED = ['err.parameters', 'err.driverError.parameters'];

/** Creates a logger that writes JSON lines to standard error. Standard output is reserved for results. */
export function createLogger(level: LogLevel): Logger {
  const options: LoggerOptions = {
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    base: undefined,
    redact: { paths: REDACTED, remove: true },
    hooks: { streamWrite: (line) => printable(maskSecrets(line)) },
  };
  return pino(options, pino.destination(2));
}

/** Contexts of Nest's startup messages, which are logged at debug level. */
const STARTUP_CONTEXTS = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/** Passes the log messages of Nest to the logger. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write(STARTUP_CONTEXTS.has(String(rest.at(-1))) ? 'debug' : 'info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  /** Nest passes the context last. Calls of this project may pass an object of facts first and the message second. */
  private write(level: 'error' | 'warn' | 'info' | 'debug' | 'trace', message: unknown, rest: unknown[]): void {
    const context = rest.at(-1);
    const extra = rest.slice(0, -1);
    if (message instanceof Error) this.logger[level]({ context, err: message }, message.message);
    else if (typeof message === 'object') this.logger[level]({ context, ...message }, String(extra[0] ?? ''));
    else this.logger[level]({ context, ...(extra.length > 0 ? { extra } : {}) }, String(message));
  }
}
