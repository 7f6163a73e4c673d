import * as fc from 'fast-check';
import { DomainError } from '../problems/domain-error';
import { decodeCursor, encodeCursor, pageOf } from './keyset-page';
import { linkNext } from '../http/server/reply';

const anything = (): boolean => true;

describe('a cursor', () => {
  it('gives back the key that it was made of, and fits into a URL as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.array(fc.oneof(fc.string(), fc.integer())), (order, key) => {
        const cursor = encodeCursor(order.toWellFormed(), key);
        expect(
          decodeCursor(
            cursor,
            order.toWellFormed(),
            key.map(() => anything),
          ),
        ).toEqual(key);
        expect(cursor).toMatch(/^[\w-]+$/);
      }),
    );
  });

  it('is refused, and nothing else happens, whatever was made up', () => {
    const forged = fc.oneof(
      fc.string(),
      fc.json().map((json) => Buffer.from(json).toString('base64url')),
      fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64url')),
    );
    fc.assert(
      fc.property(forged, (cursor) => {
        const isNumber = (part: unknown): boolean => typeof part === 'number';
        expect(() => decodeCursor(cursor, 'made in no list', [isNumber])).toThrow(DomainError);
      }),
    );
  });

  it('is refused under another order, with a part too many or too few, and with a part that does not fit', () => {
    const cursor = encodeCursor('asc', [1, 'a']);
    const never = (): boolean => false;
    expect(decodeCursor(cursor, 'asc', [anything, anything])).toEqual([1, 'a']);
    expect(() => decodeCursor(cursor, 'desc', [anything, anything])).toThrow(/under the same order/);
    expect(() => decodeCursor(cursor, 'asc', [anything])).toThrow(DomainError);
    expect(() => decodeCursor(cursor, 'asc', [anything, anything, anything])).toThrow(DomainError);
    expect(() => decodeCursor(cursor, 'asc', [anything, never])).toThrow(DomainError);
  });
});

describe('a page', () => {
  it('goes on exactly where there was one row more than asked for', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { maxLength: 20 }), fc.integer({ min: 1, max: 20 }), (rows, limit) => {
        const page = pageOf(rows, limit, 'asc', (row) => [row]);
        expect(page.items).toEqual(rows.slice(0, limit));
        const next = rows.length > limit ? encodeCursor('asc', [rows[limit - 1]!]) : undefined;
        expect(page.nextCursor).toBe(next);
      }),
    );
  });
});

/** The headers that the answer of a list gets. */
function linksTo(url: string, nextCursor: string | undefined): string[][] {
  const headers: string[][] = [];
  const header = (name: string, value: string) => headers.push([name, value]);
  linkNext({ request: { url }, header }, { items: [], nextCursor });
  return headers;
}

describe('a link to the next page', () => {
  it.each([
    ['/t', '</t?cursor=C>; rel="next"'],
    ['/t?', '</t?cursor=C>; rel="next"'],
    ['/t?cursor=B', '</t?cursor=C>; rel="next"'],
    ['/t?limit=2&cursor=B&sort=-created_at', '</t?limit=2&cursor=C&sort=-created_at>; rel="next"'],
    ['/t?phase=a?b', '</t?phase=a%3Fb&cursor=C>; rel="next"'],
    ['/t?phase=%3E%22%0A', '</t?phase=%3E%22%0A&cursor=C>; rel="next"'],
    ['/t?phase=a+b%20c', '</t?phase=a+b+c&cursor=C>; rel="next"'],
  ])('keeps what %j asks for', (url, link) => {
    expect(linksTo(url, 'C')).toEqual([['link', link]]);
  });

  it('is not there on the last page', () => expect(linksTo('/t', undefined)).toEqual([]));
});
