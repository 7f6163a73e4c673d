import fc from 'fast-check';
import { halvesOf, pathOf, pointsAt, reversed, rounded, type Curve, type Point } from './curve';

/** A straight line, as a Bézier curve whose control points are not evenly spread. */
const LINE: Curve = [
  [0, 0],
  [10, 0],
  [20, 0],
  [100, 0],
];
/** Down, then to the right; the second part is three times as long. */
const CORNER: Curve = [
  [0, 0],
  [0, 10],
  [0, 20],
  [0, 30],
  [30, 30],
  [60, 30],
  [90, 30],
];

const points = (curve: Curve): number[][] => curve.map((point) => point.map(rounded));

describe('curves', () => {
  it('are SVG paths', () => {
    expect(pathOf(CORNER)).toBe('M0 0C0 10 0 20 0 30 30 30 60 30 90 30');
    expect(pathOf([[-0.04, 1 / 3], ...LINE.slice(1)])).toBe('M0 0.3C10 0 20 0 100 0');
  });

  it('are measured along their way', () => {
    expect(points(pointsAt(LINE, [0, 0.5, 1]))).toEqual([
      [0, 0],
      [50, 0],
      [100, 0],
    ]);
    expect(points(pointsAt(CORNER, [0.125, 0.25, 0.5]))).toEqual([
      [0, 15],
      [0, 30],
      [30, 30],
    ]);
  });

  it('have two halves, which meet in the middle', () => {
    const [first, second] = halvesOf(CORNER);
    expect(points(first)).toEqual([[0, 0], [0, 10], [0, 20], [0, 30], [10, 30], [20, 30], [30, 30]]); // prettier-ignore
    expect(points(second)).toEqual([[30, 30], [50, 30], [70, 30], [90, 30]]); // prettier-ignore
  });

  it('do not mind having no length', () => {
    const dot: Curve = [[1, 2], [1, 2], [1, 2], [1, 2]]; // prettier-ignore
    expect(pointsAt(dot, [0, 0.5])).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(halvesOf(dot)).toEqual([dot, dot]);
  });

  it('begin and end where they did, however they are cut or turned', () => {
    const coordinate = fc.integer({ min: -500, max: 500 });
    const point = fc.tuple(coordinate, coordinate) as fc.Arbitrary<Point>;
    const curve = fc
      .array(fc.tuple(point, point, point), { minLength: 2, maxLength: 5 })
      .map((triples): Curve => triples.flat().slice(2));
    fc.assert(
      fc.property(curve, (drawn) => {
        const [first, second] = halvesOf(drawn);
        expect([first[0], second.at(-1)]).toEqual([drawn[0], drawn.at(-1)]);
        expect(first.at(-1)).toEqual(second[0]);
        expect(first.length % 3).toBe(1);
        expect(points([pointsAt(drawn, [0.5])[0]!])).toEqual(points([pointsAt(reversed(drawn), [0.5])[0]!]));
      }),
    );
  });
});
