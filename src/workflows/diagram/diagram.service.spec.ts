import { SvgCache } from './diagram.service';

/** Returns a cache, and the inputs that it drew. */
function countingCache(maxEntries: number) {
  const cache = new SvgCache(maxEntries);
  const drawn: string[] = [];
  const get = (dot: string): Promise<string> =>
    cache.get(dot, async () => {
      drawn.push(dot);
      return `${drawn.length}`;
    });
  return { get, drawn };
}

describe('SvgCache', () => {
  it('draws each input once, also for concurrent calls', async () => {
    const { get, drawn } = countingCache(2);
    expect(await Promise.all([get('a'), get('a'), get('b')])).toEqual(['1', '1', '2']);
    expect(await get('a')).toBe('1');
    expect(drawn).toEqual(['a', 'b']);
  });

  it('drops the least recently used entry', async () => {
    const { get, drawn } = countingCache(2);
    for (const dot of ['a', 'b', 'a', 'c', 'a', 'b']) await get(dot);
    expect(drawn).toEqual(['a', 'b', 'c', 'b']);
  });

  it('does not keep failures', async () => {
    const cache = new SvgCache();
    const failing = cache.get('a', () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(await cache.get('a', async () => 'svg')).toBe('svg');
  });
});
