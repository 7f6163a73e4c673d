import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { readDataSettings } from '../../config/config';
import { runProgram, say } from '../../terminal/run-program';
import { openDatabase } from '../open-database';

const EXIT_FAILED = 1;

/** The DataSource of the build, which reads `DATABASE_URL`. */
const DATA_SOURCE = join(__dirname, '../../../ormconfig.js');

/**
 * Runs a command of the TypeORM command line on the database that the server would use: `DATABASE_URL`, or the embedded
 * PostgreSQL in `DATA_DIR`, which is used when it runs and otherwise started and stopped.
 *
 * @returns the exit code of the command
 */
async function main(argv: readonly string[]): Promise<number> {
  const settings = readDataSettings({ databaseUrl: undefined, dataDir: undefined });
  const database = await openDatabase(settings, say, (error) => say(error.message), 'read');
  try {
    say(`Using ${database.place}`);
    const args = [require.resolve('typeorm/cli.js'), ...argv.slice(2), '-d', DATA_SOURCE];
    const env = { ...process.env, DATABASE_URL: database.url };
    const child = spawn(process.execPath, args, { stdio: 'inherit', env });
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? EXIT_FAILED;
  } finally {
    await database.close();
  }
}

void runProgram('migration', main, { failed: EXIT_FAILED });
