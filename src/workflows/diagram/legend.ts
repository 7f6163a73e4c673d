import {
  PHASE_CATEGORIES,
  TRANSITION_KINDS,
  type PhaseCategory,
  type TransitionKind,
} from '../../machine/compiled-workflow';
import type { CompleteWorkflow } from '../../machine/workflow';
import { showsRequirements, type DiagramEdge } from './diagram-edges';
import { INITIAL_MARK } from './dot';
import type { PathTaken } from './path-taken';
import { textWidth } from './text';

const FONT_SIZE = 12;
const ROW_HEIGHT = 24;
const SAMPLE_WIDTH = 30;
const GAP = 8;
const BETWEEN = 22;

export type Point = readonly [x: number, y: number];

/** SVG from 0, 0 to its width and height, in pixels. */
export interface SvgFragment {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

interface LegendEntry {
  /** SVG around 0, 0. Absent for an entry that is a sentence. */
  readonly sample?: string;
  readonly text: string;
}

const SHAPES: Readonly<Record<PhaseCategory, string>> = {
  todo: '<rect x="-13" y="-8" width="26" height="16"/>',
  active: '<rect x="-13" y="-8" width="26" height="16" rx="5"/>',
  waiting: '<polygon points="-14,0 -8,-8 8,-8 14,0 8,8 -8,8"/>',
  done: '<ellipse rx="14" ry="8"/>',
};

/**
 * Returns the legend of a diagram: an entry for each thing that occurs in it.
 * @param maxWidth the width of a row; 0 for one column
 */
export function drawLegend(
  workflow: CompleteWorkflow,
  edges: readonly DiagramEdge[],
  { maxWidth, path }: { maxWidth: number; path?: PathTaken },
): SvgFragment {
  let [x, y, width] = [0, 0, 0];
  const svg = legendEntries(workflow, edges, path).map(({ sample, text }) => {
    const textAt = sample === undefined ? 0 : SAMPLE_WIDTH + GAP;
    const entryWidth = textAt + Math.ceil(textWidth(text, FONT_SIZE));
    if (x > 0 && x + entryWidth > maxWidth) [x, y] = [0, y + ROW_HEIGHT];
    const middle = y + ROW_HEIGHT / 2;
    const drawn =
      sample === undefined ? '' : `<g transform="translate(${x + SAMPLE_WIDTH / 2} ${middle})">${sample}</g>`;
    const label = `<text x="${x + textAt}" y="${middle + 4}">${text}</text>`;
    width = Math.max(width, x + entryWidth);
    x += entryWidth + BETWEEN;
    return drawn + label;
  });
  return { svg: `<g class="legend">${svg.join('\n')}</g>`, width, height: y + ROW_HEIGHT };
}

function legendEntries(
  { phases, transitions, initial }: CompleteWorkflow,
  edges: readonly DiagramEdge[],
  path?: PathTaken,
): LegendEntry[] {
  const left = new Set(transitions.map(({ from }) => from));
  const categories = PHASE_CATEGORIES.filter((category) => phases.some((phase) => phase.category === category));
  const kinds = TRANSITION_KINDS.filter((kind) => transitions.some((transition) => transition.kind === kind));
  const terminal = phases.find(({ id }) => !left.has(id));
  const omitsRequirements = !showsRequirements(edges) && transitions.some(({ requires }) => requires.length > 0);
  return [
    ...categories.map((category) => ({ sample: phaseSample(category), text: category })),
    ...(initial.length > 0 ? [{ sample: `<text x="-4" y="4">${INITIAL_MARK}</text>`, text: 'initial phase' }] : []),
    ...(terminal ? [{ sample: terminalSample(terminal.category), text: 'terminal phase' }] : []),
    ...kinds.map((kind) => ({ sample: edgeSample(kind), text: kind })),
    ...(omitsRequirements ? [{ text: 'not shown: requirements' }] : []),
    ...(path ? pathEntries(path.countOutside(transitions)) : []),
  ];
}

function phaseSample(category: PhaseCategory, className: string = category): string {
  return `<g class="node ${className}">${SHAPES[category]}</g>`;
}

function terminalSample(category: PhaseCategory): string {
  return `<g class="node ${category}">${SHAPES[category]}<g transform="scale(.7)">${SHAPES[category]}</g></g>`;
}

function edgeSample(kind: TransitionKind): string {
  return `<g class="edge ${kind}"><path d="M-15 0H7"/><polygon points="7,-3 15,0 7,3"/></g>`;
}

function pathEntries(outside: number): LegendEntry[] {
  const transitions = outside === 1 ? 'transition' : 'transitions';
  return [
    { sample: drawBadge('×2', [0, 0]), text: 'number of visits or transitions' },
    { sample: phaseSample('todo', 'todo current'), text: 'current phase' },
    ...(outside > 0 ? [{ text: `not shown: ${outside} ${transitions} of another version` }] : []),
  ];
}

/** A rectangle around a point. */
export interface Area {
  readonly middle: Point;
  readonly width: number;
  readonly height: number;
}

const BADGE_HEIGHT = 16;
const BADGE_FONT_SIZE = 11;
const BADGE_PADDING = 4;

export function badgeArea(text: string, middle: Point): Area {
  const width = Math.ceil(textWidth(text, BADGE_FONT_SIZE)) + 2 * BADGE_PADDING;
  return { middle, width, height: BADGE_HEIGHT };
}

export function drawBadge(text: string, middle: Point): string {
  const { width, height } = badgeArea(text, middle);
  const [x, y] = middle;
  const corner = `x="${rounded(x - width / 2)}" y="${rounded(y - height / 2)}"`;
  return [
    `<rect class="badge" ${corner} width="${width}" height="${height}" rx="${height / 2}"/>`,
    `<text class="count" x="${rounded(x)}" y="${rounded(y + 4)}">${text}</text>`,
  ].join('');
}

/** Rounds to a tenth of a pixel. */
function rounded(length: number): number {
  return Math.round(length * 10) / 10 || 0;
}
