import * as fc from 'fast-check';
import { DomainError } from '../problems/domain-error';
import { decodeCursor, encodeCursor, pageOf } from './keyset-page';
import { linkNext } from '../http/server/reply';

const anything = (): boolean => true;

describe('A cursor', () => {
  it('decodes to the key that was encoded, and needs no escaping in a URL', () => {
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

  it('is rejected with a DomainError when it is forged', () => {
    const forged = fc.oneof(
      fc.string(),
      fc.json().map((json) => Buffer.from(json).toString('base64url')),
      fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64url')),
    );
    fc.assert(
      fc.property(forged, (cursor) => {
        const isNumber = (part: unknown): boolean => typeof part === 'number';
        expect(() => decodeCursor(cursor, 'unused order', [isNumber])).toThrow(DomainError);
      }),
    );
  });

  it('is rejected in another order, with a missing or additional part, and with an invalid part', () => {
    const cursor = encodeCursor('asc', [1, 'a']);
    const never = (): boolean => false;
    expect(decodeCursor(cursor, 'asc', [anything, anything])).toEqual([1, 'a']);
    expect(() => decodeCursor(cursor, 'desc', [anything, anything])).toThrow(/with the same sort order/);
    expect(() => decodeCursor(cursor, 'asc', [anything])).toThrow(DomainError);
    expect(() => decodeCursor(cursor, 'asc', [anything, anything, anything])).toThrow(DomainError);
    expect(() => decodeCursor(cursor, 'asc', [anything, never])).toThrow(DomainError);
  });
});

describe('A page', () => {
  it('has a next cursor exactly when there is one row more than the limit', () => {
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

/** Returns the headers of a list response. */
function linksTo(url: string, nextCursor: string | undefined): string[][] {
  const headers: string[][] = [];
  const header = (name: string, value: string) => headers.push([name, value]);
  linkNext({ request: { url }, header }, { items: [], nextCursor });
  return headers;
}

describe('The link to the next page', () => {
  it.each([
    ['/t', '</t?cursor=C>; rel="next"'],
    ['/t?', '</t?cursor=C>; rel="next"'],
    ['/t?cursor=B', '</t?cursor=C>; rel="next"'],
    ['/t?limit=2&cursor=B&sort=-created_at', '</t?limit=2&cursor=C&sort=-created_at>; rel="next"'],
    ['/t?phase=a?b', '</t?phase=a%3Fb&cursor=C>; rel="next"'],
    ['/t?phase=%3E%22%0A', '</t?phase=%3E%22%0A&cursor=C>; rel="next"'],
    ['/t?phase=a+b%20c', '</t?phase=a+b+c&cursor=C>; rel="next"'],
  ])('keeps the parameters of %j', (url, link) => {
    expect(linksTo(url, 'C')).toEqual([['link', link]]);
  });

  it('is absent on the last page', () => expect(linksTo('/t', undefined)).toEqual([]));
});
