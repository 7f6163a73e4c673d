import { pointsAt, rounded, type Curve, type Point } from './curve';
import { widthOf } from './text-width';

/** A rectangle around a point, in pixels. */
export interface Area {
  readonly middle: Point;
  readonly width: number;
  readonly height: number;
}

const HEIGHT = 16;
const FONT_SIZE = 11;
const PADDING = 4;
/** Where along a line its count may be, on it or beside it. */
const FRACTIONS = [0.2, 0.35, 0.5, 0.65, 0.8];
/** How finely a line is looked at where a badge might cover it. */
const STEPS = Array.from({ length: 17 }, (_, step) => step / 16);

/** How often, in a badge around a point. */
export function drawBadge(count: number, [x, y]: Point): string {
  const width = badgeWidth(count);
  const at = `x="${rounded(x - width / 2)}" y="${rounded(y - HEIGHT / 2)}"`;
  return [
    `<rect class="badge" ${at} width="${width}" height="${HEIGHT}" rx="${HEIGHT / 2}"/>`,
    `<text class="count middle" x="${rounded(x)}" y="${rounded(y + 4)}">×${count}</text>`,
  ].join('');
}

export function badgeArea(count: number, middle: Point): Area {
  return { middle, width: badgeWidth(count), height: HEIGHT };
}

/** The room that a line takes, point by point. */
export function areasAlong(curve: Curve): Area[] {
  return pointsAt(curve, STEPS).map((middle) => ({ middle, width: 3, height: 3 }));
}

/** Where the badge of a line covers nothing that is taken; on the middle of the line, where there is no such place. */
export function placeBadge(count: number, curve: Curve, taken: readonly (readonly Area[])[]): Area {
  const [, , middle] = pointsAt(curve, FRACTIONS);
  const aside = badgeWidth(count) / 2;
  const places = [0, -aside, aside].flatMap((offset) =>
    pointsAt(curve, FRACTIONS)
      .toSorted((one, other) => distance(one, middle!) - distance(other, middle!))
      .map(([x, y]) => badgeArea(count, [x + offset, y])),
  );
  const isFree = (place: Area): boolean => !taken.some((areas) => areas.some((area) => overlap(place, area)));
  return places.find(isFree) ?? badgeArea(count, middle!);
}

function badgeWidth(count: number): number {
  return Math.ceil(widthOf(`×${count}`, FONT_SIZE)) + 2 * PADDING;
}

function distance([x, y]: Point, [otherX, otherY]: Point): number {
  return Math.hypot(otherX - x, otherY - y);
}

function overlap(one: Area, other: Area): boolean {
  const apart = (axis: 0 | 1): number => Math.abs(one.middle[axis] - other.middle[axis]);
  return apart(0) * 2 < one.width + other.width && apart(1) * 2 < one.height + other.height;
}
