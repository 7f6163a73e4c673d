import type { QueryConfig } from 'pg';
import type { WireAnswer } from '../http/server/ready-answer';
import type { DomainError } from '../problems/domain-error';
import { keyReused, scopedKey, type IdempotencyKey } from './idempotency-key';

/**
 * The statements of idempotency records. They take any number of keys and run in the transaction of the effect: first
 * `lockKeys`, then, as a statement of its own that sees what other transactions have committed, `readRecords`; with the
 * effect, `insertRecords`. In the lock order, keys follow tickets. No transaction waits for the lock of a key.
 */

/** The result of locking a key that has been used: its stored response, or another process is running its request. */
export type KeyOutcome = { readonly kind: 'replayed'; readonly response: WireAnswer } | { readonly kind: 'key_in_use' };

/** Distinguishes the outcome of a key from the result of a command. */
export function isKeyOutcome(value: unknown): value is KeyOutcome {
  const kind = (value as { kind?: unknown } | null | undefined)?.kind;
  return kind === 'replayed' || kind === 'key_in_use';
}

/** Advisory locks share one number space per database; this seed separates the locks of keys from others. */
const LOCK_SEED = 7_264_001;

type ScopedKey = Pick<IdempotencyKey, 'scope' | 'key'>;

/** Locks the keys that are free until the transaction ends, and returns them. */
export function lockKeys(keys: readonly ScopedKey[]): QueryConfig {
  const text = `
    SELECT scope, key FROM unnest($1::varchar[], $2::varchar[]) AS wanted (scope, key)
      WHERE pg_try_advisory_xact_lock(hashtextextended(scope || ' ' || key, ${LOCK_SEED}))`;
  return { name: 'lock-keys', text, values: columnsOf(keys) };
}

/** Reads the records of keys, and locks them, so that the COMMIT after a replay waits for a synchronous standby. */
export function readRecords(keys: readonly ScopedKey[]): QueryConfig {
  const text = `
    SELECT scope, key, fingerprint, status, headers, body
      FROM unnest($1::varchar[], $2::varchar[]) AS wanted (scope, key) JOIN idempotency_keys USING (scope, key)
      FOR KEY SHARE OF idempotency_keys`;
  return { name: 'read-records', text, values: columnsOf(keys) };
}

/** A response and the key that it is stored under. */
export interface NewRecord {
  readonly key: IdempotencyKey;
  readonly response: WireAnswer;
}

/** Inserts records, with their keys ascending. */
export function insertRecords(records: readonly NewRecord[]): QueryConfig {
  const sorted = records.toSorted((a, b) => (scopedKey(a.key) < scopedKey(b.key) ? -1 : 1));
  const text = `
    INSERT INTO idempotency_keys (scope, key, fingerprint, status, headers, body)
      SELECT * FROM unnest($1::varchar[], $2::varchar[], $3::bytea[], $4::smallint[], $5::jsonb[], $6::bytea[])`;
  const values = [
    ...columnsOf(sorted.map(({ key }) => key)),
    sorted.map(({ key }) => key.fingerprint),
    sorted.map(({ response }) => response.status),
    sorted.map(({ response }) => JSON.stringify(response.headers)),
    sorted.map(({ response }) => response.body),
  ];
  return { name: 'insert-records', text, values };
}

/** A row of `readRecords`. */
export interface RecordRow extends ScopedKey, WireAnswer {
  readonly fingerprint: Buffer;
}

/**
 * Returns the outcomes of the keys that cannot be used, by `scopedKey`.
 *
 * @param locked the rows of `lockKeys`
 * @param records the rows of `readRecords`
 */
export function outcomesOfKeys(
  keys: readonly IdempotencyKey[],
  locked: readonly ScopedKey[],
  records: readonly RecordRow[],
): ReadonlyMap<string, KeyOutcome | DomainError> {
  const free = new Set(locked.map(scopedKey));
  const stored = new Map(records.map((row) => [scopedKey(row), row]));
  const outcomes = new Map<string, KeyOutcome | DomainError>();
  for (const key of keys) {
    const name = scopedKey(key);
    const record = stored.get(name);
    if (record !== undefined) outcomes.set(name, replay(key, record));
    else if (!free.has(name)) outcomes.set(name, { kind: 'key_in_use' });
  }
  return outcomes;
}

function replay(key: IdempotencyKey, { fingerprint, status, headers, body }: RecordRow): KeyOutcome | DomainError {
  if (!key.matches(fingerprint)) return keyReused(key);
  return { kind: 'replayed', response: { status, headers, body } };
}

function columnsOf(keys: readonly ScopedKey[]): [string[], string[]] {
  return [keys.map(({ scope }) => scope), keys.map(({ key }) => key)];
}
