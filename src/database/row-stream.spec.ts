import { RowStream } from './row-stream';

/** Returns a stream of the numbers 1 … count in pages of `size`. */
function numbers(count: number, size: number): RowStream<{ n: number }> {
  let fetched = 0;
  return new RowStream(async () => {
    const page = Array.from({ length: Math.min(size, count - fetched) }, (_, i) => ({ n: fetched + i + 1 }));
    fetched += page.length;
    return page;
  });
}

describe('RowStream', () => {
  it.each([1, 2, 3, 10])('yields every row once, with pages of %i', async (size) => {
    const stream = numbers(7, size);
    expect(await stream.takeWhile(({ n }) => n < 4)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(await stream.takeWhile(() => false)).toEqual([]);
    expect(await stream.peek()).toEqual({ n: 4 });
    expect((await stream.takeWhile(() => true)).map(({ n }) => n)).toEqual([4, 5, 6, 7]);
    expect(await stream.peek()).toBeUndefined();
    expect(await stream.takeWhile(() => true)).toEqual([]);
  });

  it('fetches exactly one page ahead', async () => {
    let fetches = 0;
    const stream = new RowStream(async () => [{ n: ++fetches }]);
    await stream.takeWhile(({ n }) => n < 3);
    expect(fetches).toBe(4);
  });

  it('throws the error of a failed page only when that page is read', async () => {
    let fetches = 0;
    const stream = new RowStream(async () => {
      if (++fetches === 2) throw new Error('the connection broke');
      return [{ n: 1 }];
    });
    expect(await stream.peek()).toEqual({ n: 1 });
    await new Promise(setImmediate);
    await expect(stream.takeWhile(() => true)).rejects.toThrow('the connection broke');
  });
});
