import { DataSource, MigrationExecutor, type DataSourceOptions } from 'typeorm';
import { newerVersion } from './schema-version';

/** The advisory lock under which migrations run: the letters "phas". */
const MIGRATION_LOCK = 0x70686173;

/**
 * Runs the migrations that the database lacks, all in one transaction, so that a failed one leaves nothing behind.
 * Several processes may call it at once: the lock lets one work and the others wait, then find nothing to do.
 *
 * @returns the names of the migrations that ran
 * @throws Error when the database has migrations that this version does not know; nothing is changed then
 */
export async function migrate(options: DataSourceOptions): Promise<string[]> {
  // A pool of its own without the time limits of the application: rewriting a large table takes as long as it takes.
  const dataSource = await new DataSource({ ...options, extra: {} } as DataSourceOptions).initialize();
  const queryRunner = dataSource.createQueryRunner();
  try {
    // Whatever the database's default is: who waited for the lock has to see what was done meanwhile.
    await queryRunner.startTransaction('READ COMMITTED');
    await queryRunner.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    const executor = new MigrationExecutor(dataSource, queryRunner);
    executor.transaction = 'none';
    await refuseNewer(executor, dataSource);
    const done = await executor.executePendingMigrations();
    await queryRunner.commitTransaction();
    return done.map(({ name }) => name);
  } catch (error) {
    if (queryRunner.isTransactionActive) await queryRunner.rollbackTransaction();
    throw error;
  } finally {
    await queryRunner.release();
    await dataSource.destroy();
  }
}

/** What was written by rules that this version does not know could not be kept by its own. */
async function refuseNewer(executor: MigrationExecutor, { migrations }: DataSource): Promise<void> {
  const found = (await executor.getExecutedMigrations()).map(({ name }) => name).toReversed();
  const reason = newerVersion(
    found,
    migrations.map(({ constructor }) => constructor.name),
  );
  if (reason !== undefined) throw new Error(reason);
}
