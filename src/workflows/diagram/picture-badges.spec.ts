import type { Curve } from './curve';
import { badgeArea, placeBadge } from './picture-badges';

const DOWN: Curve = [
  [50, 0],
  [50, 30],
  [50, 60],
  [50, 90],
];

describe('placeBadge', () => {
  const { width, height } = badgeArea(2, [0, 0]);
  const placed = (...taken: [x: number, y: number][]): number[] =>
    placeBadge(2, DOWN, [taken.map((middle) => ({ middle, width: 10, height: 10 }))]).middle.map(Math.round);

  it('prefers the middle of the line', () => {
    expect(placed()).toEqual([50, 45]);
    expect(placed([50 + width / 2 + 5, 45], [50, 45 + height / 2 + 5])).toEqual([50, 45]);
  });

  it('moves along the line, away from what is there', () => {
    expect(placed([50, 40])).toEqual([50, 59]);
    expect(placed([50, 50])).toEqual([50, 31]);
  });

  it('moves aside where all of the line is taken', () => {
    const whole = [10, 25, 45, 65, 80].map((y): [number, number] => [56, y]);
    expect(placed(...whole)).toEqual([50 - width / 2, 45].map(Math.round));
  });

  it('stays in the middle where there is no free place', () => {
    expect(placeBadge(2, DOWN, [[{ middle: [50, 45], width: 500, height: 500 }]]).middle.map(Math.round)).toEqual([
      50, 45,
    ]);
  });
});
