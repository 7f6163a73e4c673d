import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { dataSourceOptions } from '../ormconfig';
import { AppModule } from './app.module';
import { ApiKeyService } from './access/api-key.service';
import { readCommandLine } from './config/command-line';
import { readConfig, type Config } from './config/config';
import { migrate } from './database/migrate';
import { openDatabase, type OpenDatabase } from './database/open-database';
import { createAdapter } from './http/server/adapter';
import { requireAddress, unusableAddress } from './http/server/address';
import { API_PREFIX } from './http/server/api-prefix';
import { configureApp } from './http/server/configure-app';
import { createLogger, NestLogger } from './operations/logger';

/** How long a shutdown may take to answer what is under way, in milliseconds. */
const DRAIN = 15_000;

/** How often a server that npm started looks whether npm is still there, in milliseconds. */
const PARENT_CHECK = 500;

/** Addresses that stand for all of this machine's, and that no client can ask. */
const EVERYWHERE = new Set(['0.0.0.0', '::']);

async function main(): Promise<void> {
  readCommandLine(process.argv);
  if (existsSync('.env')) process.loadEnvFile('.env');
  const config = readConfig(process.env);
  const logger = createLogger(config.logLevel);
  const stop = new Stop(logger);
  try {
    await start(config, logger, stop);
  } catch (error) {
    await stop.giveUp(error as Error);
  }
}

async function start(config: Config, logger: Logger, stop: Stop): Promise<void> {
  await requireAddress(config.host, config.port);
  const database = await openDatabase(config, report, (error) => void stop.fail(error));
  stop.last(() => database.close());
  for (const name of await migrate(dataSourceOptions(database.url))) report(`Migrated: ${name}`);
  const app = await createApp(config, database, logger);
  stop.first(() => app.close());
  await app.listen(config.port, config.host).catch((error: Error) => {
    throw unusableAddress(error, config.host, config.port);
  });
  const firstKey = config.auth === 'required' ? await app.get(ApiKeyService).createFirstKey() : undefined;
  report(banner(app, config, database, firstKey));
}

/** For people; programs read the log on standard error. */
function report(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function createApp(config: Config, database: OpenDatabase, logger: Logger): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.on(database.url, config.dbPoolSize),
    createAdapter(logger, config.trustedProxies),
    { bodyParser: false, logger: new NestLogger(logger), abortOnError: false },
  );
  const { auth, rateLimit, corsOrigins } = config;
  await configureApp(app, { authentication: auth === 'required', rateLimit, corsOrigins });
  return app;
}

/** @param firstKey the secret of a key that was just made; nobody sees it again */
function banner(app: NestFastifyApplication, { host }: Config, database: OpenDatabase, firstKey?: string): string {
  const { port } = app.getHttpServer().address() as AddressInfo;
  const name = EVERYWHERE.has(host) ? 'localhost' : host;
  const origin = `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
  return [
    'Phaseline is ready.',
    `  API   ${origin}${API_PREFIX}`,
    `  Docs  ${origin}/docs`,
    `  Data  ${database.place}`,
    ...(firstKey === undefined ? [] : [`  Key   ${firstKey} (of an admin; it is shown this once, keep it)`]),
    'Stop it with Ctrl-C.',
  ].join('\n');
}

/** Ends the process in order, once: first the application, which answers what is under way, then its database. */
class Stop {
  private readonly steps: (() => Promise<void>)[] = [];
  private stopping = false;

  constructor(private readonly logger: Logger) {
    // A terminal's Ctrl-C arrives more than once: from the terminal, and again from npm.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void this.end(0));
    if (process.env['npm_lifecycle_event'] !== undefined) this.followParent();
  }

  /** npm puts a shell between itself and us that passes no signals on, so we end when it does. */
  private followParent(): void {
    const parent = process.ppid;
    const look = setInterval(() => process.ppid !== parent && void this.end(0), PARENT_CHECK);
    look.unref();
  }

  first(step: () => Promise<void>): void {
    this.steps.unshift(step);
  }

  last(step: () => Promise<void>): void {
    this.steps.push(step);
  }

  /** The start failed; what it had started so far ends again. */
  giveUp(error: Error): Promise<void> {
    process.stderr.write(`Phaseline could not start.\n${error.message}\n`);
    return this.end(1);
  }

  fail(error: Error): Promise<void> {
    this.logger.fatal({ err: error }, error.message);
    return this.end(1);
  }

  private async end(code: number): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    report('Stopping …');
    const late = setTimeout(() => {
      this.logger.error(`Still busy after ${DRAIN} ms: stopping anyway`);
      process.exit(1);
    }, DRAIN);
    for (const step of this.steps)
      await step().catch((error: Error) => this.logger.error({ err: error }, error.message));
    clearTimeout(late);
    report('Stopped.');
    process.exit(code);
  }
}

main().catch((error: Error) => {
  process.stderr.write(`Phaseline could not start.\n${error.message}\n`);
  process.exit(1);
});
