import { ANONYMOUS, type Caller } from './caller';
import { KnownCallers } from './known-callers';

const caller = (name: string): Caller => ({ ...ANONYMOUS, name });

describe('KnownCallers', () => {
  it('knows a caller until his time is over', () => {
    let now = 1_000;
    const callers = new KnownCallers(10, () => now);
    callers.remember('a', caller('a'), 6_000);
    now = 5_999;
    expect(callers.find('a')?.name).toBe('a');
    expect(callers.find('b')).toBeUndefined();
    now = 6_000;
    expect(callers.find('a')).toBeUndefined();
  });

  it('knows no more than its limit: the one that came first goes', () => {
    const callers = new KnownCallers(2, () => 0);
    for (const name of ['a', 'b', 'a', 'c']) callers.remember(name, caller(name), 1);
    expect(['a', 'b', 'c'].map((name) => callers.find(name)?.name)).toEqual(['a', undefined, 'c']);
  });

  it('takes what came last for a hash', () => {
    const callers = new KnownCallers(1, () => 0);
    callers.remember('a', caller('old'), 1);
    callers.remember('a', caller('new'), 1);
    expect(callers.find('a')?.name).toBe('new');
  });
});
