import type { Client } from 'pg';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { DomainError } from '../problems/domain-error';
import { watchWarnings } from './commit-warning';
import { endsSession, isReported, isUnavailable, READS_ONLY } from './database-errors';

/** The callbacks of open transactions. */
const callbacks = new WeakMap<EntityManager, Set<() => void>>();

/**
 * Calls back once the transaction of a manager is committed, and never when it is rolled back or its outcome is unknown.
 *
 * @param manager of `inTransaction`
 * @param callback is called once, however often it was registered; must not throw
 */
export function afterCommit(manager: EntityManager, callback: () => void): void {
  callbacks.set(manager, (callbacks.get(manager) ?? new Set()).add(callback));
}

/**
 * Runs work in one READ COMMITTED transaction, whatever the default of the database is, so that a statement that waited
 * for a lock sees the changes of the previous holder. All statements must use the manager that `work` receives.
 *
 * @throws DomainError `outcome_unknown` when the connection broke during COMMIT, or the database did not wait for its
 *   synchronous standby
 */
export async function inTransaction<T>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  const queryRunner = dataSource.createQueryRunner();
  await queryRunner.connect();
  try {
    await queryRunner.startTransaction('READ COMMITTED');
    const result = await work(queryRunner.manager);
    await commit(queryRunner);
    await queryRunner.release();
    for (const callback of callbacks.get(queryRunner.manager) ?? []) callback();
    return result;
  } catch (error) {
    void abandon(queryRunner, error);
    throw error;
  }
}

/**
 * Fails while the database accepts reads only. The session that was asked ends, so that the next one may reach the primary.
 *
 * @throws DomainError `busy`
 */
export async function requireWritable(dataSource: DataSource): Promise<void> {
  const queryRunner = dataSource.createQueryRunner();
  await queryRunner.connect();
  try {
    const [row] = await queryRunner.manager.query<{ readsOnly: boolean }[]>(
      `SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean AS "readsOnly"`,
    );
    if (row?.readsOnly !== false) throw new DomainError('busy', READS_ONLY);
    await queryRunner.release();
  } catch (error) {
    void endSession(queryRunner);
    throw error;
  }
}

/**
 * Rolls back without making the caller wait: on a connection that hangs, the rollback takes another timeout. A session that
 * cannot be used any more ends; the pool opens another one.
 */
async function abandon(queryRunner: QueryRunner, error: unknown): Promise<void> {
  if (endsSession(error) || isOutcomeUnknown(error)) return endSession(queryRunner);
  if (queryRunner.isTransactionActive) await queryRunner.rollbackTransaction().catch(() => undefined);
  await queryRunner.release().catch(() => undefined);
}

/** Closes the connection of a query runner. The pool removes a connection that is released after its end. */
async function endSession(queryRunner: QueryRunner): Promise<void> {
  const client = (await queryRunner.connect()) as Client;
  client.end().catch(() => undefined);
  await queryRunner.release().catch(() => undefined);
}

function isOutcomeUnknown(error: unknown): boolean {
  return error instanceof DomainError && error.code === 'outcome_unknown';
}

/** Commits. An error that the database reports means a rollback; a broken connection leaves the outcome unknown. */
async function commit(queryRunner: QueryRunner): Promise<void> {
  const client = (await queryRunner.connect()) as Client;
  const { warning } = await watchWarnings(client, () => queryRunner.commitTransaction()).catch((error: unknown) => {
    if (isReported(error) || !isUnavailable(error)) throw error;
    throw unknownOutcome('The connection to the database broke during COMMIT', error);
  });
  if (warning !== undefined) throw unknownOutcome(`The database warned during COMMIT: ${warning}`);
}

function unknownOutcome(what: string, cause?: unknown): DomainError {
  return new DomainError('outcome_unknown', `${what}. The change may or may not have been made.`, {}, { cause });
}
