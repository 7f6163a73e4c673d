/** Pixels from the left and from the top. */
export type Point = readonly [x: number, y: number];

/** Bézier curves, each beginning where the one before ends: a point, then three for each curve. */
export type Curve = readonly Point[];

type Bezier = readonly [Point, Point, Point, Point];

/** For how many straight pieces a Bézier curve is taken where lengths are measured. */
const PIECES = 16;

/** The curve as the `d` of an SVG path. */
export function pathOf([start, ...rest]: Curve): string {
  return start === undefined ? '' : `M${text(start)}C${rest.map(text).join(' ')}`;
}

/** To a tenth of a pixel, so that a picture is the same text wherever it is drawn. */
export function rounded(length: number): number {
  return Math.round(length * 10) / 10 || 0;
}

export function reversed(curve: Curve): Curve {
  return curve.toReversed();
}

/** The points at fractions of the curve's length, from 0 to 1 and in rising order. */
export function pointsAt(curve: Curve, fractions: readonly number[]): Point[] {
  const pieces = straightPieces(curve);
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  let index = 0;
  let before = 0;
  return fractions.map((fraction) => {
    while (index < pieces.length - 1 && before + pieces[index]!.length < fraction * length) {
      before += pieces[index++]!.length;
    }
    const { start, end, length: piece } = pieces[index]!;
    return between(start, end, piece === 0 ? 0 : (fraction * length - before) / piece);
  });
}

/** Cuts a curve in two that are equally long. */
export function halvesOf(curve: Curve): [Curve, Curve] {
  const pieces = straightPieces(curve);
  let left = pieces.reduce((sum, { length }) => sum + length, 0) / 2;
  let piece = 0;
  while (piece < pieces.length - 1 && left > pieces[piece]!.length) left -= pieces[piece++]!.length;
  const index = Math.floor(piece / PIECES);
  const within = ((piece % PIECES) + left / (pieces[piece]!.length || 1)) / PIECES;
  const [before, after] = cut(bezierAt(curve, index), within);
  return [
    [...curve.slice(0, index * 3), ...before],
    [...after, ...curve.slice(index * 3 + 4)],
  ];
}

interface StraightPiece {
  readonly start: Point;
  readonly end: Point;
  readonly length: number;
}

function straightPieces(curve: Curve): StraightPiece[] {
  const pieces: StraightPiece[] = [];
  for (let index = 0; index * 3 + 3 < curve.length; index++) {
    const bezier = bezierAt(curve, index);
    let start = bezier[0];
    for (let step = 1; step <= PIECES; step++) {
      const end = cut(bezier, step / PIECES)[0][3];
      pieces.push({ start, end, length: Math.hypot(end[0] - start[0], end[1] - start[1]) });
      start = end;
    }
  }
  return pieces;
}

function bezierAt(curve: Curve, index: number): Bezier {
  return curve.slice(index * 3, index * 3 + 4) as unknown as Bezier;
}

/** De Casteljau: https://en.wikipedia.org/wiki/De_Casteljau%27s_algorithm. */
function cut([a, b, c, d]: Bezier, at: number): [Bezier, Bezier] {
  const [ab, bc, cd] = [between(a, b, at), between(b, c, at), between(c, d, at)];
  const [abc, bcd] = [between(ab, bc, at), between(bc, cd, at)];
  const middle = between(abc, bcd, at);
  return [
    [a, ab, abc, middle],
    [middle, bcd, cd, d],
  ];
}

function between([x, y]: Point, [otherX, otherY]: Point, at: number): Point {
  return [x + (otherX - x) * at, y + (otherY - y) * at];
}

function text([x, y]: Point): string {
  return `${rounded(x)} ${rounded(y)}`;
}
