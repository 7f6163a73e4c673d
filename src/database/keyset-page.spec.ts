import * as fc from 'fast-check';
import { DomainError } from '../problems/domain-error';
import { decodeCursor, encodeCursor, pageOf } from './keyset-page';
import { sendPage } from '../http/server/reply';

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
  it('has more exactly when there is one row more than the limit', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { maxLength: 20 }), fc.integer({ min: 1, max: 20 }), (rows, limit) => {
        const page = pageOf(rows, limit, 'asc', (row) => [row]);
        expect(page.items).toEqual(rows.slice(0, limit));
        expect(page.hasMore).toBe(rows.length > limit);
        for (const row of page.items) expect(page.cursorAfter(row)).toBe(encodeCursor('asc', [row]));
      }),
    );
  });
});

/** Returns the link and the items of a list response. */
async function sent<T extends object>(url: string, items: readonly T[], hasMore: boolean) {
  const headers: Record<string, string> = {};
  const header = (name: string, value: string) => (headers[name] = value);
  const page = { items, hasMore, cursorAfter: (item: T) => `C${items.indexOf(item)}` };
  const text = await sendPage({ request: { url }, header }, page, (item) => item);
  return { headers, text, items: JSON.parse(text) as T[] };
}

describe('A page that is sent', () => {
  it.each([
    ['/t', '</t?cursor=C0>; rel="next"'],
    ['/t?', '</t?cursor=C0>; rel="next"'],
    ['/t?cursor=B', '</t?cursor=C0>; rel="next"'],
    ['/t?limit=2&cursor=B&sort=-created_at', '</t?limit=2&cursor=C0&sort=-created_at>; rel="next"'],
    ['/t?phase=a?b', '</t?phase=a%3Fb&cursor=C0>; rel="next"'],
    ['/t?phase=%3E%22%0A', '</t?phase=%3E%22%0A&cursor=C0>; rel="next"'],
    ['/t?phase=a+b%20c', '</t?phase=a+b+c&cursor=C0>; rel="next"'],
  ])('has a link with the parameters of %j', async (url, link) => {
    expect((await sent(url, [{}], true)).headers).toEqual({ link, 'content-type': 'application/json; charset=utf-8' });
  });

  it('has no link if it is the last', async () => {
    expect((await sent('/t', [{ a: 1 }, { a: 2 }], false)).headers['link']).toBeUndefined();
    expect((await sent('/t', [], false)).text).toBe('[]');
  });

  it('ends before the item that exceeds the budget, and links to it', async () => {
    const items = Array.from({ length: 10 }, (_, a) => ({ a, text: '漢'.repeat(300_000) }));
    const { headers, items: first } = await sent('/t', items, false);
    expect([first.length, headers['link']]).toEqual([4, '</t?cursor=C3>; rel="next"']);
  });

  it('has one item that alone exceeds the budget', async () => {
    const items = [{ text: '"'.repeat(5_000_000) }, { text: '' }];
    const { headers, items: first } = await sent('/t', items, false);
    expect([first.length, headers['link']]).toEqual([1, '</t?cursor=C0>; rel="next"']);
  });
});
