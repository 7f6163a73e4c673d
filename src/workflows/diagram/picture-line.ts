import { halvesOf, pathOf, reversed, rounded, type Curve, type Point } from './curve';
import { escapeXml } from './escape-xml';
import type { LineLayout } from './layout';
import type { Line, Move } from './lines';
import { walkedClass, type Footprints } from './walk';

/** A move as it is drawn: a whole line, or the half of one that leads to where the move does. */
export interface Stroke {
  readonly move: Move;
  readonly curve: Curve;
  readonly tip: Point;
}

/** Half as wide as an arrow is long. */
const ARROW_SLENDERNESS = 0.42;

/** What is drawn for a line. Each move of a line that goes both ways has the half towards its end. */
export function strokesOf({ there, back }: Line, { curve, tip, backTip }: LineLayout): Stroke[] {
  if (back === undefined || backTip === undefined) return [{ move: there, curve, tip }];
  const [first, second] = halvesOf(curve);
  return [
    { move: there, curve: second, tip },
    { move: back, curve: reversed(first), tip: backTip },
  ];
}

export function drawStroke({ move, curve, tip }: Stroke, footprints?: Footprints): string {
  return [
    `<g class="move ${move.kind}${walkedClass(footprints?.countOf(move))}">`,
    `<title>${escapeXml(describeMove(move, footprints))}</title>`,
    `<path class="way" d="${pathOf(curve)}"/>`,
    `<path class="tip" d="${arrow(curve.at(-1)!, tip)}"/>`,
    '</g>',
  ].join('');
}

function describeMove(move: Move, footprints?: Footprints): string {
  const facts: string[] = [move.kind];
  if (move.requires.length > 0) facts.push(`requires ${move.requires.join(' and ')}`);
  if (footprints !== undefined) facts.push(`made ${footprints.countOf(move)} times`);
  return `${move.from} → ${move.to}: ${facts.join(', ')}`;
}

/** A triangle from the end of a curve to its tip. */
export function arrow([x, y]: Point, [tipX, tipY]: Point): string {
  const [sideX, sideY] = [(tipY - y) * -ARROW_SLENDERNESS, (tipX - x) * ARROW_SLENDERNESS];
  const corners = [
    [x + sideX, y + sideY],
    [tipX, tipY],
    [x - sideX, y - sideY],
  ] as const;
  return `M${corners.map((corner) => corner.map(rounded).join(' ')).join('L')}Z`;
}
