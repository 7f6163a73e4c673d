import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Command } from 'commander';
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { dataSourceOptions } from '../ormconfig';
import { AppModule } from './app.module';
import { writeAdminKey } from './access/admin-key-file';
import { ApiKeyService } from './access/api-key.service';
import { readConfig, type Config } from './config/config';
import { migrate } from './database/migrate';
import { openDatabase, type OpenDatabase } from './database/open-database';
import { createAdapter, type ServerAdapter } from './http/server/adapter';
import { requireAddress, unusableAddress } from './http/server/address';
import { API_PREFIX } from './http/server/api-prefix';
import { configureApp } from './http/server/configure-app';
import { ReadinessService } from './operations/health.controller';
import { printable } from './terminal/printable';
import { createLogger, NestLogger } from './operations/logger';
import { Shutdown } from './operations/shutdown';

const SETTINGS = `Settings come from the environment, or from the file .env in the working directory:

  HOST, PORT                       the address and port to listen on
  DATABASE_URL, DATA_DIR           the database; without a URL, an embedded PostgreSQL in DATA_DIR
  DB_POOL_SIZE, DB_WAIT_SECONDS    the size of the connection pool, and how long a start waits for the database
  AUTH, ADMIN_KEY_FILE             authentication, and a file for the first admin key
  RATE_LIMIT_MAX                   the maximum number of requests per minute and caller
  CORS_ORIGINS, TRUST_PROXY        origins of browser applications, and trusted proxies
  SHUTDOWN_GRACE_SECONDS           how long the server serves requests after a signal to stop
  BASE_PATH                        the path prefix under which clients reach the server
  LOG_LEVEL                        the least severe level to log

All settings are optional. .env.example explains each one with its default.

Example:
  PORT=4000 npm start`;

/** Wildcard addresses, which no client can connect to. */
const WILDCARDS = new Set(['0.0.0.0', '::']);

async function main(): Promise<void> {
  readCommandLine(process.argv);
  if (existsSync('.env')) process.loadEnvFile('.env');
  const config = readConfig(process.env);
  const logger = createLogger(config.logLevel);
  const shutdown = new Shutdown(logger, config.shutdownGrace, report);
  try {
    await start(config, logger, shutdown);
  } catch (error) {
    await shutdown.afterFailedStart(error as Error);
  }
}

/** Reads the server's command line, which has --help only. Ends the process for that and for any other argument. */
function readCommandLine(argv: readonly string[]): void {
  new Command('npm start')
    .usage('[-- --help]')
    .description('Starts the Phaseline server.')
    .addHelpText('after', `\n${SETTINGS}`)
    .showHelpAfterError(`\n${SETTINGS}`)
    .parse(argv);
}

async function start(config: Config, logger: Logger, shutdown: Shutdown): Promise<void> {
  await requireAddress(config.host, config.port);
  const database = await openDatabase(config, report, (error) => void shutdown.afterFailure(error));
  shutdown.addLast(() => database.close());
  for (const name of await migrate(dataSourceOptions(database.url))) report(`Migrated: ${name}`);
  const app = await createApp(config, database, logger);
  shutdown.addFirst(() => app.close());
  shutdown.onAnnounce(() => {
    app.get(ReadinessService).beginShutdown();
    (app.getHttpAdapter() as ServerAdapter).connections.beginShutdown();
  });
  if (config.auth === 'required') await app.get(ApiKeyService).createFirstKey((secret) => deliverKey(secret, config));
  await app.listen(config.port, config.host).catch((error: Error) => {
    throw unusableAddress(error, config.host, config.port);
  });
  report(banner(app, config, database));
}

/** Hands the first admin key to the operator, before it is committed: an undelivered key could not be used. */
async function deliverKey(secret: string, { adminKeyFile }: Config): Promise<void> {
  if (adminKeyFile === undefined) {
    report(`Created the first API key (name admin, role admin). Store it, it is not shown again:\n  ${secret}`);
    return;
  }
  await writeAdminKey(adminKeyFile, secret);
  report(`Created the first API key (name admin, role admin) in ${adminKeyFile}`);
}

/** Writes a line for people to standard output. The log goes to standard error. */
function report(line: string): void {
  process.stdout.write(`${printable(line)}\n`);
}

async function createApp(config: Config, database: OpenDatabase, logger: Logger): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.on(database.url, config.dbPoolSize),
    createAdapter(logger, config),
    { bodyParser: false, logger: new NestLogger(logger), abortOnError: false },
  );
  await configureApp(app, { ...config, authentication: config.auth === 'required' });
  return app;
}

function banner(app: NestFastifyApplication, { host, basePath }: Config, database: OpenDatabase): string {
  const { port } = app.getHttpServer().address() as AddressInfo;
  const name = WILDCARDS.has(host) ? 'localhost' : host;
  const origin = `http://${name.includes(':') ? `[${name}]` : name}:${port}${basePath}`;
  return [
    'Phaseline is ready.',
    `  API   ${origin}${API_PREFIX}`,
    `  Docs  ${origin}/docs`,
    `  Data  ${database.place}`,
    'Stop it with Ctrl-C.',
  ].join('\n');
}

main().catch((error: Error) => {
  process.stderr.write(`Phaseline could not start.\n${printable(error.message)}\n`);
  process.exit(1);
});
