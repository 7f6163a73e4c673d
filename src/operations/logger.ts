import type { LoggerService } from '@nestjs/common';
import pino, { type Logger, type LoggerOptions } from 'pino';
import type { LogLevel } from '../config/config';
import { maskSecrets } from './mask-secrets';

/** What a failed statement was about: people's words, and hashes of keys. */
const REDACTED = ['err.parameters', 'err.driverError.parameters'];

/** JSON lines on standard error, one a record; standard output is for what a person or a program asked for. */
export function createLogger(level: LogLevel): Logger {
  const options: LoggerOptions = {
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    base: undefined,
    redact: { paths: REDACTED, remove: true },
    hooks: { streamWrite: maskSecrets },
  };
  return pino(options, pino.destination(2));
}

/** What Nest says while it starts is of use only to somebody who looks for it. */
const STARTUP_CONTEXTS = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/** Lets Nest write through the same logger as everything else. */
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

  /** Nest passes the context last; our own calls may pass facts first and the sentence second. */
  private write(level: 'error' | 'warn' | 'info' | 'debug' | 'trace', message: unknown, rest: unknown[]): void {
    const context = rest.at(-1);
    const extra = rest.slice(0, -1);
    if (message instanceof Error) this.logger[level]({ context, err: message }, message.message);
    else if (typeof message === 'object') this.logger[level]({ context, ...message }, String(extra[0] ?? ''));
    else this.logger[level]({ context, ...(extra.length > 0 ? { extra } : {}) }, String(message));
  }
}
