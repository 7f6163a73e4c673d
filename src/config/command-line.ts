import { Command } from 'commander';

const SETTINGS = `Settings come from the environment, or from a file .env in the working directory:

  HOST, PORT                       where it listens
  DATABASE_URL, DATA_DIR           where the data are; without a URL, an embedded PostgreSQL keeps them in DATA_DIR
  DB_POOL_SIZE, DB_WAIT_SECONDS    how it goes about its database
  AUTH, RATE_LIMIT_MAX             who may ask, and how often
  CORS_ORIGINS, TRUST_PROXY        what browsers and proxies are believed
  LOG_LEVEL                        what it logs

Nothing has to be set. .env.example explains each, with its default.

Example:
  PORT=4000 npm start`;

/** Reads the server's command line, which can only ask for help; ends the process there, and where it says anything else. */
export function readCommandLine(argv: readonly string[]): void {
  new Command('npm start')
    .usage('[-- --help]')
    .description('Serves Phaseline.')
    .addHelpText('after', `\n${SETTINGS}`)
    .showHelpAfterError(`\n${SETTINGS}`)
    .parse(argv);
}
