import { isStorableText, MAX_INTEGER, UUID } from './storable';
import { validationFailed } from '../problems/validation';

/** Order of a list: `asc` begins with the oldest row, `desc` with the newest. */
export type PageOrder = 'asc' | 'desc';

/** Parameters of a page. */
export interface PageRequest {
  limit: number;
  cursor?: string;
}

/** Part of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** False on the last page. */
  readonly hasMore: boolean;
  /** Returns the cursor of the part that follows an item. */
  cursorAfter(item: T): string;
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
 * Builds a page from rows that were fetched with `limit + 1`, or by a query of `withinBytes`.
 *
 * @param keyOf returns the sort key of a row
 * @param hasNext true if further rows follow those that were fetched
 */
export function pageOf<T>(
  rows: readonly T[],
  limit: number,
  order: string,
  keyOf: (row: T) => CursorPart[],
  hasNext = (rows.at(-1) as { hasNext?: boolean } | undefined)?.hasNext === true,
): Page<T> {
  const items = rows.slice(0, limit);
  const hasMore = rows.length > limit || hasNext;
  return { items, hasMore, cursorAfter: (item) => encodeCursor(order, keyOf(item)) };
}

/** A query whose rows have texts of any size. */
interface SizedQuery {
  /** The query, with its own ORDER BY and LIMIT. */
  readonly rows: string;
  /** The same order, by columns of the result. */
  readonly order: string;
  /** An expression for the size of a row in bytes. `octet_length` of a text does not read the text. */
  readonly size: string;
  /** The sum of sizes after which no further row is returned. The first row is always returned. */
  readonly bytes: number;
}

/**
 * Returns a query that ends early, so that large rows are not read into memory. `hasNext` of its last row is true if further
 * rows follow.
 */
export function withinBytes({ rows, order, size, bytes }: SizedQuery): string {
  return `
    SELECT * FROM (
      SELECT listed.*, lead(true) OVER sorted IS NOT NULL AS "hasNext",
             sum(${size}) OVER (sorted ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS "bytesBefore"
        FROM (${rows}) AS listed WINDOW sorted AS (ORDER BY ${order})) AS sized
     WHERE coalesce("bytesBefore", 0) < ${bytes} ORDER BY ${order}`;
}

function parse(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
