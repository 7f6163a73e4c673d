import { walkOf } from './walk';

describe('walkOf', () => {
  it('counts the stay a ticket began with, and every move into a phase', () => {
    const moves = [
      { from: 'a', to: 'b', count: 3 },
      { from: 'b', to: 'a', count: 2 },
      { from: 'b', to: '__proto__', count: 1 },
    ];
    expect(walkOf('a', '__proto__', moves)).toEqual({
      visits: new Map([
        ['a', 3],
        ['b', 3],
        ['__proto__', 1],
      ]),
      moves,
      current: '__proto__',
    });
  });

  it('knows a ticket that never moved', () => {
    expect(walkOf('a', 'a', [])).toEqual({ visits: new Map([['a', 1]]), moves: [], current: 'a' });
  });
});
