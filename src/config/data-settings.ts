import { existsSync } from 'node:fs';
import { readConfig, type Config } from './config';

/** Where a program was told to find the data, on its command line. */
export interface DataPlace {
  readonly databaseUrl: string | undefined;
  readonly dataDir: string | undefined;
}

/**
 * The settings of the application that say where its data are, for programs that work on them beside it. What is wrong
 * with others is no matter there.
 *
 * @throws ConfigError
 */
export function readDataSettings({ databaseUrl, dataDir }: DataPlace): Config {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const { DATABASE_URL, DATA_DIR, DB_WAIT_SECONDS } = process.env;
  if (databaseUrl !== undefined) return readConfig({ DATABASE_URL: databaseUrl, DB_WAIT_SECONDS });
  if (dataDir !== undefined) return readConfig({ DATA_DIR: dataDir });
  return readConfig({ DATABASE_URL, DATA_DIR, DB_WAIT_SECONDS });
}
