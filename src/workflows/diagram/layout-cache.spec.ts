import type { Layout } from './layout';
import { LayoutCache } from './layout-cache';

const layout = (width: number): Layout => ({ width, height: 0, boxes: [], lines: [] });

/** A cache that counts how often it had to make what it was asked for. */
function countingCache(mostKept: number) {
  const cache = new LayoutCache(mostKept);
  const made: string[] = [];
  const get = (dot: string): Promise<Layout> =>
    cache.get(dot, async () => {
      made.push(dot);
      return layout(made.length);
    });
  return { get, made };
}

describe('LayoutCache', () => {
  it('makes every layout once, also for those who ask while it is being made', async () => {
    const { get, made } = countingCache(2);
    expect(await Promise.all([get('a'), get('a'), get('b')])).toEqual([layout(1), layout(1), layout(2)]);
    expect(await get('a')).toEqual(layout(1));
    expect(made).toEqual(['a', 'b']);
  });

  it('forgets the one that was not used for the longest time', async () => {
    const { get, made } = countingCache(2);
    for (const dot of ['a', 'b', 'a', 'c', 'a', 'b']) await get(dot);
    expect(made).toEqual(['a', 'b', 'c', 'b']);
  });

  it('keeps no failure', async () => {
    const cache = new LayoutCache();
    const failing = cache.get('a', () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(await cache.get('a', async () => layout(1))).toEqual(layout(1));
  });
});
