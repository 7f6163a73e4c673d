import { WindowCounts } from './window-counts';

const MINUTE = 60_000;

const increment = (counts: WindowCounts, name: string): { current: number; ttl: number } => {
  let result = { current: 0, ttl: 0 };
  counts.incr(name, (_, count) => (result = count), MINUTE);
  return result;
};
const read = (counts: WindowCounts, name: string): number => {
  let current = -1;
  counts.read(name, (_, count) => (current = count.current), MINUTE);
  return current;
};

describe('WindowCounts', () => {
  beforeEach(() => jest.useFakeTimers({ now: 10 * MINUTE }));
  afterEach(() => jest.useRealTimers());

  it('counts per name until the window ends', () => {
    const counts = new WindowCounts({ cache: 10 });
    expect([increment(counts, 'a'), increment(counts, 'b').current]).toEqual([{ current: 1, ttl: MINUTE }, 1]);
    jest.advanceTimersByTime(MINUTE - 1);
    expect([increment(counts, 'a'), read(counts, 'a')]).toEqual([{ current: 2, ttl: 1 }, 2]);
    jest.advanceTimersByTime(1);
    expect([read(counts, 'a'), increment(counts, 'a').current]).toEqual([0, 1]);
  });

  it.each([0, 100 * MINUTE])('does not follow the system clock when it is set to %i', (time) => {
    const counts = new WindowCounts({ cache: 10 });
    increment(counts, 'a');
    jest.setSystemTime(time);
    expect(increment(counts, 'a')).toEqual({ current: 2, ttl: MINUTE });
    jest.advanceTimersByTime(MINUTE);
    expect(increment(counts, 'a').current).toBe(1);
  });

  it('evicts the name whose last request is oldest', () => {
    const counts = new WindowCounts({ cache: 2 });
    for (const name of ['a', 'b', 'a', 'c']) increment(counts, name);
    expect(['a', 'b', 'c'].map((name) => read(counts, name))).toEqual([2, 0, 1]);
  });
});
