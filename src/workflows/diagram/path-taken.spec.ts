import { PathTaken } from './path-taken';

describe('PathTaken', () => {
  const path = new PathTaken('a', '__proto__', [
    { from: 'a', to: 'b', count: 3 },
    { from: 'b', to: 'a', count: 2 },
    { from: 'b', to: '__proto__', count: 1 },
  ]);

  it('counts the stay in the initial phase and every transition into a phase as visits', () => {
    expect(['a', 'b', '__proto__', 'c'].map((phase) => path.visitsTo(phase))).toEqual([3, 3, 1, 0]);
    expect(path.isCurrent('__proto__')).toBe(true);
    expect(path.isCurrent('a')).toBe(false);
  });

  it('counts transitions, and those that a workflow version does not have', () => {
    expect(path.countOf({ from: 'b', to: 'a' })).toBe(2);
    expect(path.countOf({ from: 'a', to: 'c' })).toBe(0);
    expect(path.countOutside([{ from: 'a', to: 'b' }])).toBe(3);
  });

  it('has one visit for a ticket without transitions', () => {
    const created = new PathTaken('a', 'a', []);
    expect([created.visitsTo('a'), created.isCurrent('a'), created.countOutside([])]).toEqual([1, true, 0]);
  });
});
