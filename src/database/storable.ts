import { randomUUID } from 'node:crypto';

/** Largest value of PostgreSQL's `integer`, the type of versions and sequences. */
export const MAX_INTEGER = 2 ** 31 - 1;

/** Returns true when PostgreSQL can store the text. */
export function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/** A UUID of any version in PostgreSQL's output format. */
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Returns a UUID version 7 (RFC 9562). Its order is chronological, so new rows go to the end of an index.
 *
 * @param now milliseconds since 1970
 */
export function uuidv7(now: number = Date.now()): string {
  const time = now.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
