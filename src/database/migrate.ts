import type { Client, PoolConfig } from 'pg';
import { DataSource, MigrationExecutor, type DataSourceOptions, type QueryRunner } from 'typeorm';
import { watchWarnings } from './commit-warning';
import { connectionOptions, LONG_TRANSACTION } from './connection';
import { SQLSTATE, sqlStateOf } from './database-errors';
import { newerVersion } from './schema-version';

/** Key of the advisory lock that migrations hold: the letters "phas". */
const MIGRATION_LOCK = 0x70686173;

/**
 * Runs the pending migrations in one transaction, so that a failed one leaves no change. An advisory lock serializes
 * processes that call it at the same time.
 *
 * @returns the names of the migrations that ran
 * @throws Error when the database has unknown migrations, which are those of a newer version; nothing is changed
 */
export async function migrate(options: DataSourceOptions): Promise<string[]> {
  const { connectionString = '' } = options.extra as PoolConfig;
  // A separate pool without the timeouts of the application, because rewriting a large table takes long.
  const extra = connectionOptions(connectionString);
  const dataSource = await new DataSource({ ...options, extra } as DataSourceOptions).initialize();
  const queryRunner = dataSource.createQueryRunner();
  try {
    // After the wait for the lock, the transaction must see the migrations that another process has run.
    await queryRunner.startTransaction('READ COMMITTED');
    await queryRunner.query(LONG_TRANSACTION);
    await queryRunner.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    const executor = new MigrationExecutor(dataSource, queryRunner);
    executor.transaction = 'none';
    await refuseNewer(executor, dataSource);
    const done = await executor.executePendingMigrations();
    await commit(queryRunner);
    return done.map(({ name }) => name);
  } catch (error) {
    if (queryRunner.isTransactionActive) await queryRunner.rollbackTransaction();
    throw withRemedy(error);
  } finally {
    await queryRunner.release();
    await dataSource.destroy();
  }
}

/** @throws Error when the database did not wait for its synchronous standby */
async function commit(queryRunner: QueryRunner): Promise<void> {
  const client = (await queryRunner.connect()) as Client;
  const { warning } = await watchWarnings(client, () => queryRunner.commitTransaction());
  if (warning === undefined) return;
  throw new Error(`The database warned: ${warning}. A fail-over may lose the migrations. Start again.`);
}

/** Explains the error of a role that may not change the schema. */
function withRemedy(error: unknown): unknown {
  if (sqlStateOf(error) !== SQLSTATE.insufficientPrivilege) return error;
  const remedy =
    'Run `npm run migration -- migration:run` as the owner of the tables, or make the role of DATABASE_URL their owner: ' +
    'ALTER TABLE … OWNER TO, and GRANT USAGE, CREATE ON SCHEMA.';
  return new Error(`This version has to migrate the database, and ${(error as Error).message}. ${remedy}`, {
    cause: error,
  });
}

/** Rejects a database of a newer version, whose rules this version cannot keep. */
async function refuseNewer(executor: MigrationExecutor, { migrations }: DataSource): Promise<void> {
  const found = (await executor.getExecutedMigrations()).map(({ name }) => name).toReversed();
  const reason = newerVersion(
    found,
    migrations.map(({ constructor }) => constructor.name),
  );
  if (reason !== undefined) throw new Error(reason);
}
