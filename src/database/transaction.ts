import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { DomainError } from '../problems/domain-error';
import { isReported, isUnavailable } from './database-errors';

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
 * @throws DomainError `outcome_unknown` when the connection broke during COMMIT
 */
export async function inTransaction<T>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  const queryRunner = dataSource.createQueryRunner();
  try {
    await queryRunner.startTransaction('READ COMMITTED');
    const result = await work(queryRunner.manager);
    await queryRunner.commitTransaction().catch(asUnknownOutcome);
    await queryRunner.release();
    for (const callback of callbacks.get(queryRunner.manager) ?? []) callback();
    return result;
  } catch (error) {
    void abandon(queryRunner);
    throw error;
  }
}

/** Rolls back without making the caller wait: on a connection that hangs, the rollback takes another timeout. */
async function abandon(queryRunner: QueryRunner): Promise<void> {
  if (queryRunner.isTransactionActive) await queryRunner.rollbackTransaction().catch(() => undefined);
  await queryRunner.release().catch(() => undefined);
}

/** Keeps an error that the database reports, which means a rollback. A broken connection leaves the outcome unknown. */
function asUnknownOutcome(error: unknown): never {
  if (isReported(error) || !isUnavailable(error)) throw error;
  const detail = 'The connection to the database broke during COMMIT. The change may or may not have been made.';
  throw new DomainError('outcome_unknown', detail, {}, { cause: error });
}
