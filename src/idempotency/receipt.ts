import type { EntityManager } from 'typeorm';
import type { Reader } from '../database/reader';
import type { TransactionSteps } from '../database/transaction';
import type { WireAnswer } from '../http/server/ready-answer';
import type { KeyClaim } from './key-claim';
import { lockKeys, obstaclesOf, readKeys, storeAnswers, type AnsweredKey, type LockedKey } from './key-statements';

/** What a transaction needs to be made at most once: the key of its request, and how its result is answered. */
export interface Receipt<T> {
  readonly claim: KeyClaim;
  /** @param within the transaction, for whatever it has to look up: a second connection may never come there */
  answerOf(result: T, within?: Reader): Promise<WireAnswer>;
}

/**
 * Claims the key of a request, after the transaction has locked its tickets and before it decides.
 *
 * @throws AnsweredBefore, KeyInUse
 * @throws DomainError `idempotency_key_reused`
 */
export async function claimKey<T>(manager: EntityManager, receipt: Receipt<T> | undefined): Promise<void> {
  if (receipt === undefined) return;
  const claims = [receipt.claim];
  const locking = lockKeys(claims);
  const locked = await manager.query<LockedKey[]>(locking.text, locking.values);
  const reading = readKeys(claims);
  const answered = await manager.query<AnsweredKey[]>(reading.text, reading.values);
  for (const obstacle of obstaclesOf(claims, locked, answered).values()) throw obstacle;
}

/** What makes another room's transaction be made at most once. Undefined without a key. */
export function stepsOf<T>(receipt: Receipt<T> | undefined): TransactionSteps<T> | undefined {
  if (receipt === undefined) return undefined;
  return {
    before: (manager) => claimKey(manager, receipt),
    after: (manager, result) => keepAnswer(manager, receipt, result),
  };
}

/** Keeps the answer of what the transaction has done. */
export async function keepAnswer<T>(manager: EntityManager, receipt: Receipt<T> | undefined, result: T): Promise<void> {
  if (receipt === undefined) return;
  const { text, values } = storeAnswers([{ claim: receipt.claim, answer: await receipt.answerOf(result, manager) }]);
  await manager.query(text, values);
}
