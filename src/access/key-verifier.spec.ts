import { ANONYMOUS, type Caller } from './caller';
import { CallerCache } from './key-verifier';

const caller = (name: string): Caller => ({ ...ANONYMOUS, name });

describe('CallerCache', () => {
  it('returns a caller until its entry expires', () => {
    let now = 1_000;
    const callers = new CallerCache(10, () => now);
    callers.set('a', caller('a'), 6_000);
    now = 5_999;
    expect(callers.find('a')?.name).toBe('a');
    expect(callers.find('b')).toBeUndefined();
    now = 6_000;
    expect(callers.find('a')).toBeUndefined();
  });

  it('evicts the oldest entry above its limit', () => {
    const callers = new CallerCache(2, () => 0);
    for (const name of ['a', 'b', 'a', 'c']) callers.set(name, caller(name), 1);
    expect(['a', 'b', 'c'].map((name) => callers.find(name)?.name)).toEqual(['a', undefined, 'c']);
  });

  it('does not extend an entry when the system clock is set back', () => {
    jest.useFakeTimers({ now: 1_000_000, doNotFake: ['performance'] });
    const callers = new CallerCache(1);
    callers.set('a', caller('a'), performance.now());
    jest.setSystemTime(0);
    expect(callers.find('a')).toBeUndefined();
    jest.useRealTimers();
  });

  it('returns the latest caller set for a hash', () => {
    const callers = new CallerCache(1, () => 0);
    callers.set('a', caller('old'), 1);
    callers.set('a', caller('new'), 1);
    expect(callers.find('a')?.name).toBe('new');
  });
});
