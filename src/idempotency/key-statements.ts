import type { QueryConfig } from 'pg';
import type { WireAnswer } from '../http/server/ready-answer';
import { DomainError } from '../problems/domain-error';
import { nameOf, type KeyClaim } from './key-claim';

/**
 * The statements of keys. They take any number of keys, and the caller's transaction: first `lockKeys`, then, as a
 * statement of its own that sees what others have committed, `readKeys`; with the effect, `storeAnswers`. In the order of
 * locks they come after the tickets. Nobody waits for a key inside a transaction.
 */

/** The request was answered before. */
export class AnsweredBefore extends Error {
  constructor(readonly answer: WireAnswer) {
    super('The request was answered before');
  }
}

/** Another process is at work on a request with this key. */
export class KeyInUse extends Error {}

/** Advisory locks share one space of numbers in a database; this keeps ours apart. */
const LOCK_SEED = 7_264_001;

/** Takes the lock of each key, where it is free; the transaction's end gives it back. Answers with those it got. */
export function lockKeys(claims: readonly KeyClaim[]): QueryConfig {
  const text = `
    SELECT scope, key FROM unnest($1::varchar[], $2::varchar[]) AS claim (scope, key)
      WHERE pg_try_advisory_xact_lock(hashtextextended(scope || ' ' || key, ${LOCK_SEED}))`;
  return { name: 'lock-keys', text, values: columnsOf(claims) };
}

/** Which of these keys have been answered, and how. */
export function readKeys(claims: readonly KeyClaim[]): QueryConfig {
  const text = `
    SELECT scope, key, fingerprint, status, headers, body
      FROM unnest($1::varchar[], $2::varchar[]) AS claim (scope, key) JOIN idempotency_keys USING (scope, key)`;
  return { name: 'read-keys', text, values: columnsOf(claims) };
}

/** An answer, and the key under which it is kept. */
export interface KeyedAnswer {
  readonly claim: KeyClaim;
  readonly answer: WireAnswer;
}

/** Keeps answers. Keys ascend, which is the one order of all writers. */
export function storeAnswers(answers: readonly KeyedAnswer[]): QueryConfig {
  const sorted = answers.toSorted((a, b) => (nameOf(a.claim) < nameOf(b.claim) ? -1 : 1));
  const text = `
    INSERT INTO idempotency_keys (scope, key, fingerprint, status, headers, body)
      SELECT * FROM unnest($1::varchar[], $2::varchar[], $3::bytea[], $4::smallint[], $5::jsonb[], $6::bytea[])`;
  const values = [
    ...columnsOf(sorted.map(({ claim }) => claim)),
    sorted.map(({ claim }) => claim.fingerprint),
    sorted.map(({ answer }) => answer.status),
    sorted.map(({ answer }) => JSON.stringify(answer.headers)),
    sorted.map(({ answer }) => answer.body),
  ];
  return { name: 'store-answers', text, values };
}

/** A row that `lockKeys` answers with. */
export type LockedKey = Pick<KeyClaim, 'scope' | 'key'>;

/** A row that `readKeys` answers with. */
export interface AnsweredKey extends LockedKey, WireAnswer {
  readonly fingerprint: Buffer;
}

/**
 * What stands in the way of claims, each under its name: nothing, where it is free.
 *
 * @returns `AnsweredBefore`, `KeyInUse`, or the refusal `idempotency_key_reused`
 */
export function obstaclesOf(
  claims: readonly KeyClaim[],
  locked: readonly LockedKey[],
  answered: readonly AnsweredKey[],
): ReadonlyMap<string, Error> {
  const free = new Set(locked.map(nameOf));
  const known = new Map(answered.map((row) => [nameOf(row), row]));
  const obstacles = claims.flatMap((claim): [string, Error][] => {
    const name = nameOf(claim);
    const before = known.get(name);
    if (before !== undefined) return [[name, obstacleOf(claim, before)]];
    return free.has(name) ? [] : [[name, new KeyInUse('The key is in use')]];
  });
  return new Map(obstacles);
}

function obstacleOf(claim: KeyClaim, before: AnsweredKey): Error {
  if (!before.fingerprint.equals(claim.fingerprint)) return keyReused(claim);
  const { status, headers, body } = before;
  return new AnsweredBefore({ status, headers, body });
}

/** The refusal of a key that another request has used. */
export function keyReused({ key }: KeyClaim): DomainError {
  const detail = `The key ${JSON.stringify(key)} was used for a request with another method, path or body.`;
  return new DomainError('idempotency_key_reused', detail);
}

function columnsOf(claims: readonly LockedKey[]): [string[], string[]] {
  return [claims.map(({ scope }) => scope), claims.map(({ key }) => key)];
}
