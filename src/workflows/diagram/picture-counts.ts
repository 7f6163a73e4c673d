import type { Point } from './curve';
import { areasAlong, badgeArea, drawBadge, placeBadge, type Area } from './picture-badges';
import type { Stroke } from './picture-line';

/** From the right corner of a box to the middle of its badge, in pixels. */
const INSET = 4;

/** Something drawn, and how often a ticket was there. */
export interface Counted<Place> {
  readonly place: Place;
  readonly count: number;
}

/**
 * Badges for how often a ticket was in each phase, and for how often it made each move that it made more than once.
 * @param strokes the moves that it made
 * @param notes what the badges must not cover, apart from boxes and lines
 */
export function drawCounts(
  boxes: readonly Counted<Area>[],
  strokes: readonly Counted<Stroke>[],
  notes: readonly Area[],
): string[] {
  const visits = boxes.filter(({ count }) => count > 0).map(({ place, count }) => ({ count, corner: cornerOf(place) }));
  const taken = [
    ...boxes.map(({ place }) => place),
    ...notes,
    ...visits.map(({ count, corner }) => badgeArea(count, corner)),
  ];
  return [...visits.map(({ count, corner }) => drawBadge(count, corner)), ...drawMoveCounts(strokes, taken)];
}

function drawMoveCounts(strokes: readonly Counted<Stroke>[], taken: Area[]): string[] {
  const ways = strokes.map(({ place }) => areasAlong(place.curve));
  return strokes.flatMap(({ place, count }, index) => {
    if (count === 1) return [];
    const others = ways.filter((_, other) => other !== index);
    const badge = placeBadge(count, place.curve, [taken, ...others]);
    taken.push(badge);
    return [drawBadge(count, badge.middle)];
  });
}

function cornerOf({ middle: [x, y], width, height }: Area): Point {
  return [x + width / 2 - INSET, y - height / 2];
}
