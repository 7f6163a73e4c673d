import { isStorableText, MAX_INTEGER, UUID } from './storable';
import { validationFailed } from '../problems/validation';

/** Order of a list: `asc` begins with the oldest row, `desc` with the newest. */
export type PageOrder = 'asc' | 'desc';

/** Parameters of a page. */
export interface PageRequest {
  limit: number;
  cursor?: string;
}

/** Part of a list, with the cursor of the next part. */
export interface Page<T> {
  items: T[];
  /** Undefined on the last page. */
  nextCursor: string | undefined;
}

type CursorPart = string | number;

/**
 * Encodes an opaque cursor: the order of the list and the sort key of a page's last row. A cursor is valid in its own
 * order only.
 */
export function encodeCursor(order: string, key: readonly CursorPart[]): string {
  return Buffer.from(JSON.stringify([order, ...key])).toString('base64url');
}

/**
 * Decodes a cursor.
 *
 * @param shape one check per part of the key
 * @throws DomainError `validation_failed` when the text is not a cursor of this order
 */
export function decodeCursor(
  cursor: string,
  order: string,
  shape: readonly ((part: unknown) => boolean)[],
): CursorPart[] {
  const [givenOrder, ...key] = parse(cursor);
  const fits = key.length === shape.length && shape.every((isPart, i) => isPart(key[i]));
  if (givenOrder !== order || !fits) {
    const detail = 'must be a cursor from a Link header of this list, with the same sort order';
    throw validationFailed([{ in: 'query', pointer: '/cursor', detail }]);
  }
  return key as CursorPart[];
}

/** Returns true when part of a key is a sequence or version in the range of PostgreSQL's integer. */
export function isCount(part: unknown): boolean {
  return Number.isInteger(part) && (part as number) >= 0 && (part as number) <= MAX_INTEGER;
}

/** Returns true when part of a key is a UUID. */
export function isUuid(part: unknown): boolean {
  return typeof part === 'string' && UUID.test(part);
}

/** Returns true when part of a key is a text that PostgreSQL can store. */
export function isText(part: unknown): boolean {
  return typeof part === 'string' && isStorableText(part);
}

/**
 * Builds a page from rows that were fetched with `limit + 1`.
 *
 * @param keyOf returns the sort key of a row
 */
export function pageOf<T>(rows: T[], limit: number, order: string, keyOf: (row: T) => CursorPart[]): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items, nextCursor: more ? encodeCursor(order, keyOf(last)) : undefined };
}

function parse(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
