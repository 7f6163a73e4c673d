import type { FastifyRequest } from 'fastify';
import { createHash } from 'node:crypto';
import { pathOf } from '../http/problems/problem.filter';
import { DomainError } from '../problems/domain-error';
import { validationFailed } from '../problems/validation';

/** The idempotency key of a request. */
export interface IdempotencyKey {
  /** The id of the caller's API key, or `anonymous`. Callers do not share keys. */
  readonly scope: string;
  readonly key: string;
  /** SHA-256 of method, path and body. The order of members in objects does not count. */
  readonly fingerprint: Buffer;
  /** Returns true if a stored fingerprint is that of this request. */
  readonly matches: (stored: Buffer) => boolean;
  /** The path of the request: the `instance` of its problem documents. */
  readonly path: string;
}

const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * Parses the `Idempotency-Key` header. The draft writes the key as a quoted string; the same key without quotes is equal.
 *
 * @param scope the id of the caller's API key, or `anonymous`
 * @throws DomainError `validation_failed`
 */
export function parseIdempotencyKey(request: FastifyRequest, header: string, scope: string): IdempotencyKey {
  const key = header.length > 2 && header.startsWith('"') && header.endsWith('"') ? header.slice(1, -1) : header;
  if (!KEY.test(key)) {
    const detail = `must be 1 to 255 visible ASCII characters; got ${JSON.stringify(header.slice(0, 60))}`;
    throw validationFailed([{ in: 'header', pointer: '/idempotency-key', detail }]);
  }
  const { url, body = null } = request;
  const fingerprint = fingerprintOf(request, orderMembers(body));
  // Earlier versions stored fingerprints of the members in the order of the request. A retry may meet such a record.
  const matches = (stored: Buffer): boolean =>
    stored.equals(fingerprint) || stored.equals(fingerprintOf(request, body));
  return { scope, key, fingerprint, matches, path: pathOf(url) };
}

function fingerprintOf({ method, url }: FastifyRequest, body: unknown): Buffer {
  return createHash('sha256')
    .update(`${method} ${url}\n${JSON.stringify(body)}`)
    .digest();
}

/** Returns equal JSON whose objects have their members in one order. */
function orderMembers(json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) return json.map(orderMembers);
  const members = Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, value]) => [name, orderMembers(value)]));
}

/** Returns a string that identifies a key across scopes. */
export function scopedKey({ scope, key }: Pick<IdempotencyKey, 'scope' | 'key'>): string {
  return `${scope} ${key}`;
}

/** The rejection of a key that a different request has used. */
export function keyReused({ key }: IdempotencyKey): DomainError {
  const detail = `The Idempotency-Key ${JSON.stringify(key)} was used for a request with a different method, path or body.`;
  return new DomainError('idempotency_key_reused', `${detail} Send a new key.`);
}

/** The rejection of a key whose first request is still running. */
export function keyInUse({ key }: IdempotencyKey): DomainError {
  const detail = `A request with the Idempotency-Key ${JSON.stringify(key)} is still running. Retry to get its response.`;
  return new DomainError('idempotency_key_in_use', detail);
}
