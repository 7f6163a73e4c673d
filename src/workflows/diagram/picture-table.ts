import { TRANSITION_KINDS, type TransitionKind } from '../../machine/compiled-workflow';
import type { CompleteWorkflow } from '../../machine/workflow';
import { rounded } from './curve';
import { escapeXml } from './escape-xml';
import type { Move } from './lines';
import { drawSign } from './picture-box';
import type { Drawn } from './picture-page';
import { shorten } from './text-rows';
import { widthOf } from './text-width';
import { walkedClass, type Footprints } from './walk';

const CELL = 15;
const LABEL_SIZE = 11;
const LABEL_ROOM = { width: 150, size: LABEL_SIZE };
/** From a label to the cells, and from the edge to a label: a sign and a gap. */
const BEFORE_CELLS = 8;
const BEFORE_LABEL = 22;
/** A count that is longer does not fit into its cell. */
const MOST_SHOWN = 99;

/** What stands in the cell of a move, around its middle: a square, a triangle that points back, a dot, a diamond. */
const GLYPHS: Readonly<Record<TransitionKind, (x: number, y: number) => string>> = {
  forward: (x, y) => `M${x - 4} ${y - 4}h8v8h-8z`,
  regression: (x, y) => `M${x - 5} ${y}l9-5v10z`,
  block: (x, y) => `M${x - 4} ${y}a4 4 0 0 1 8 0a4 4 0 0 1-8 0z`,
  resume: (x, y) => `M${x} ${y - 5.5}l5.5 5.5l-5.5 5.5l-5.5-5.5z`,
};

type Phases = CompleteWorkflow['phases'];

/**
 * A workflow as a table: a row for each phase that a move leads from, a column for each that it leads to. For workflows of
 * so many moves that their lines would hide one another. It needs no layout, and time in proportion to its moves.
 */
export function drawTable({ phases, transitions }: CompleteWorkflow, footprints?: Footprints): Drawn {
  const labels = phases.map((phase) => labelOf(phase, footprints?.visitsOf(phase.id) ?? 0));
  const labelWidth = Math.ceil(Math.max(...labels.map((label) => widthOf(label, LABEL_SIZE))));
  const start = BEFORE_LABEL + labelWidth + BEFORE_CELLS;
  const extent = start + phases.length * CELL;
  const places = new Map(phases.map(({ id }, place) => [id, place]));
  const middle = (id: string): number => start + (places.get(id)! + 0.5) * CELL;
  const drawn = transitions.filter(({ from, to }) => places.has(from) && places.has(to));
  const svg = [
    `<path class="grid" d="${gridLines(phases.length, start, extent)}"/>`,
    ...phases.map((phase, place) => drawRowLabel(phase, labels[place]!, start, middle(phase.id), footprints)),
    ...phases.map((phase, place) => drawColumnLabel(phase, labels[place]!, start, middle(phase.id), footprints)),
    ...drawGlyphs(drawn, middle, footprints),
    ...drawWalked(drawn, middle, footprints),
  ];
  return { svg: svg.join('\n'), width: extent, height: extent };
}

/** The glyph of a kind around 0, 0, for the legend. */
export function drawGlyph(kind: TransitionKind): string {
  return `<g class="${kind}"><path class="tip" d="${GLYPHS[kind](0, 0)}"/></g>`;
}

function gridLines(count: number, start: number, extent: number): string {
  const offsets = Array.from({ length: count + 1 }, (_, place) => rounded(start + place * CELL));
  return offsets.map((offset) => `M${start} ${offset}H${extent}M${offset} ${start}V${extent}`).join('');
}

function drawRowLabel(phase: Phases[number], label: string, start: number, y: number, footprints?: Footprints): string {
  const text = `<text class="label" x="${BEFORE_LABEL}" y="${rounded(y + 4)}">${escapeXml(label)}</text>`;
  const sign = `<g transform="translate(10 ${rounded(y)}) scale(.8)">${drawSign(phase.category)}</g>`;
  const here = footprints?.isCurrent(phase.id)
    ? `<rect class="here" x="0" y="${rounded(y - CELL / 2)}" width="${rounded(start - 2)}" height="${CELL}" rx="4"/>`
    : '';
  return group(phase, footprints, [sign, text, here]);
}

function drawColumnLabel(
  phase: Phases[number],
  label: string,
  start: number,
  x: number,
  footprints?: Footprints,
): string {
  const turned = `transform="translate(${rounded(x + 4)} ${start - BEFORE_CELLS}) rotate(-90)"`;
  return group(phase, footprints, [`<text class="label" ${turned}>${escapeXml(label)}</text>`]);
}

function group({ id, category }: Phases[number], footprints: Footprints | undefined, content: string[]): string {
  const walked = walkedClass(footprints?.visitsOf(id));
  return `<g class="${category}${walked}"><title>${escapeXml(id)}</title>${content.join('')}</g>`;
}

/** One path for each kind: a path for each of 20,000 moves would be ten times as long. */
function drawGlyphs(moves: readonly Move[], middle: (id: string) => number, footprints?: Footprints): string[] {
  const glyphs = new Map<TransitionKind, string[]>(TRANSITION_KINDS.map((kind) => [kind, []]));
  for (const move of moves) {
    if (footprints !== undefined && footprints.countOf(move) > 0) continue;
    glyphs.get(move.kind)!.push(GLYPHS[move.kind](middle(move.to), middle(move.from)));
  }
  const faded = walkedClass(footprints && 0);
  return Array.from(
    glyphs,
    ([kind, paths]) => `<g class="${kind}${faded}"><path class="tip" d="${paths.join('')}"/></g>`,
  );
}

function drawWalked(moves: readonly Move[], middle: (id: string) => number, footprints?: Footprints): string[] {
  if (footprints === undefined) return [];
  return moves.flatMap((move) => {
    const count = footprints.countOf(move);
    return count === 0 ? [] : [drawCount(move, count, middle(move.to), middle(move.from))];
  });
}

function drawCount({ from, to, kind }: Move, count: number, x: number, y: number): string {
  const size = CELL - 2;
  return [
    `<g class="walked"><title>${escapeXml(`${from} → ${to}: ${kind}, made ${count} times`)}</title>`,
    `<rect class="badge" x="${rounded(x - size / 2)}" y="${rounded(y - size / 2)}" width="${size}" height="${size}" rx="3"/>`,
    `<text class="cell count middle" x="${rounded(x)}" y="${rounded(y + 3)}">${Math.min(count, MOST_SHOWN)}</text></g>`,
  ].join('');
}

function labelOf({ title }: Phases[number], visits: number): string {
  const count = visits === 0 ? '' : ` ×${visits}`;
  return shorten(title, { ...LABEL_ROOM, width: LABEL_ROOM.width - widthOf(count, LABEL_SIZE) }) + count;
}
