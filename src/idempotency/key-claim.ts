import type { FastifyRequest } from 'fastify';
import { createHash } from 'node:crypto';
import { pathOf } from '../http/problems/problem.filter';
import { validationFailed } from '../problems/validation';

/** What a request with an Idempotency-Key lays claim to. */
export interface KeyClaim {
  /** Whose key it is: the id of an API key, or `anonymous`. Two callers may use the same key for different requests. */
  readonly scope: string;
  readonly key: string;
  /** Tells whether a later request with the key is the same one: SHA-256 of method, path and body. */
  readonly fingerprint: Buffer;
  /** The path that problems are about. */
  readonly path: string;
}

const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * What the `Idempotency-Key` header of a request lays claim to; null without one. The draft writes the key as a string in
 * quotes; without them it is the same key.
 *
 * @param scope the id of the caller's API key, or `anonymous`
 * @throws DomainError `validation_failed`
 */
export function claimOf(request: FastifyRequest, scope: string): KeyClaim | null {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return null;
  const text = String(header);
  const key = text.length > 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
  if (!KEY.test(key)) {
    const detail = `must be 1 to 255 visible ASCII characters; got ${JSON.stringify(text.slice(0, 60))}`;
    throw validationFailed([{ in: 'header', pointer: '/idempotency-key', detail }]);
  }
  const { method, url, body } = request;
  const fingerprint = createHash('sha256')
    .update(`${method} ${url}\n${JSON.stringify(body ?? null)}`)
    .digest();
  return { scope, key, fingerprint, path: pathOf(url) };
}

/** A name for the claim that no other scope and key share. */
export function nameOf({ scope, key }: Pick<KeyClaim, 'scope' | 'key'>): string {
  return `${scope} ${key}`;
}
