import { isStorableText, MAX_INTEGER } from './storable';
import { UUID } from './uuid';
import { validationFailed } from '../problems/validation';

/** By what rows are numbered with: the oldest first, or the newest. */
export type PageOrder = 'asc' | 'desc';

/** What a page was asked with. */
export interface PageRequest {
  limit: number;
  cursor?: string;
}

/** Part of a list, and where the next part begins. */
export interface Page<T> {
  items: T[];
  /** Undefined on the last page. */
  nextCursor: string | undefined;
}

type CursorPart = string | number;

/**
 * An opaque mark behind the last row of a page. It names the list's order, so that a cursor of one order cannot be used
 * in another, and holds the sort key of that row.
 */
export function encodeCursor(order: string, key: readonly CursorPart[]): string {
  return Buffer.from(JSON.stringify([order, ...key])).toString('base64url');
}

/**
 * Reads a cursor back.
 *
 * @param shape one check a part of the key
 * @throws DomainError `validation_failed` when it is not a cursor of this order
 */
export function decodeCursor(
  cursor: string,
  order: string,
  shape: readonly ((part: unknown) => boolean)[],
): CursorPart[] {
  const [givenOrder, ...key] = parse(cursor);
  const fits = key.length === shape.length && shape.every((isPart, i) => isPart(key[i]));
  if (givenOrder !== order || !fits) {
    const detail = 'must be a cursor that this list gave out in a Link header, under the same order';
    throw validationFailed([{ in: 'query', pointer: '/cursor', detail }]);
  }
  return key as CursorPart[];
}

/** Whether part of a key is a number that rows are counted with, and that PostgreSQL's integer holds. */
export function isCount(part: unknown): boolean {
  return Number.isInteger(part) && (part as number) >= 0 && (part as number) <= MAX_INTEGER;
}

/** Whether part of a key is an id, as rows have it. */
export function isUuid(part: unknown): boolean {
  return typeof part === 'string' && UUID.test(part);
}

/** Whether part of a key is a text that rows may be compared with. */
export function isText(part: unknown): boolean {
  return typeof part === 'string' && isStorableText(part);
}

/**
 * Cuts a page out of rows that were fetched one more than asked for.
 *
 * @param keyOf the sort key of a row
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
