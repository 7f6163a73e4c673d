import type { PhaseCategory } from '../../machine/compiled-workflow';
import type { CompleteWorkflow } from '../../machine/workflow';
import { requirementsLabel, showsRequirements, type DiagramEdge } from './diagram-edges';
import { escapeXml, textRows, textWidth, xmlCharacters } from './text';

export const INITIAL_MARK = '▸';

const POINTS_PER_INCH = 72;
const FONT_SIZE = 13;
const LABEL_ROOM = { width: 150, rows: 3, fontSize: FONT_SIZE };
const MIN_LABEL_WIDTH = 40;
const ROW_HEIGHT = 16;
const PADDING = 18;
const REQUIREMENTS_FONT_SIZE = 10;

/** Graphviz prefers to keep edges of a high weight short and straight. */
const MAIN_LINE_WEIGHT = 10;
const FORWARD_WEIGHT = 3;
const OTHER_WEIGHT = 1;

/** Shapes tell categories apart without colour, and are those of the Mermaid diagrams. */
const SHAPES: Readonly<Record<PhaseCategory, string>> = {
  todo: 'shape=box, style=filled',
  active: 'shape=box, style="filled,rounded"',
  waiting: 'shape=hexagon, style=filled',
  done: 'shape=ellipse, style=filled',
};

/** The share of a shape's width at a share of its half height, both from 0 to 1: corners leave less room for a label. */
const WIDTH_AT: Readonly<Record<PhaseCategory, (height: number) => number>> = {
  todo: () => 1,
  active: () => 1,
  waiting: (height) => 1 - height / 2,
  done: (height) => Math.sqrt(1 - height ** 2),
};

const SETTINGS = [
  'graph [rankdir=TB, nodesep=0.35, ranksep=0.6, pad=0, outputorder=edgesfirst, bgcolor=transparent]',
  `node [fixedsize=true, fontname=Helvetica, fontsize=${FONT_SIZE}]`,
  `edge [arrowsize=0.8, fontname=Helvetica, fontsize=${REQUIREMENTS_FONT_SIZE}]`,
];

/**
 * Returns a workflow in Graphviz's language (https://graphviz.org/doc/info/lang.html). Phase n has the id `pn`, edge n the id
 * `en`. An edge that leads up is written the wrong way round, so that Graphviz finds no cycle to break at random.
 */
export function toDot(workflow: CompleteWorkflow, edges: readonly DiagramEdge[]): string {
  const ranks = phaseRanks(workflow, edges);
  const initial = new Set(workflow.initial);
  const left = new Set(workflow.transitions.map(({ from }) => from));
  const nodes = workflow.phases.map(({ id, title, category }, index) => {
    const text = initial.has(id) ? `${INITIAL_MARK} ${title}` : title;
    const statement = `p${index} [id=p${index}, class=${category}, ${shapeOf(text, category)}, peripheries=${left.has(id) ? 1 : 2}]`;
    return { rank: rankOf(ranks, id), statement };
  });
  const order = new Map(workflow.phases.map(({ id }, index) => [id, index]));
  return [
    'digraph {',
    ...SETTINGS,
    ...nodes.toSorted((one, other) => one.rank - other.rank).map(({ statement }) => statement),
    ...edges.map((edge, index) => edgeStatement(edge, index, { order, ranks, labelled: showsRequirements(edges) })),
    '}',
  ].join('\n');
}

/** Work that has not begun is at the top, completed work at the bottom. */
const CATEGORY_RANKS: Readonly<Record<PhaseCategory, number>> = { todo: 0, active: 1, waiting: 1, done: 2 };

/**
 * Ranks phases from top to bottom, by category and then by their order. A waiting phase has its rank in the middle of the
 * phases that are connected with it; at the end, the edges of a phase like BLOCKED would all run to the bottom.
 */
export function phaseRanks({ phases }: CompleteWorkflow, edges: readonly DiagramEdge[]): Map<string, number> {
  const ranks = new Map(
    phases.map(({ id, category }, order) => [id, CATEGORY_RANKS[category] * phases.length + order]),
  );
  const waiting = phases.filter(({ category }) => category === 'waiting').map(({ id }) => id);
  const connected = new Map(waiting.map((id): [string, number[]] => [id, []]));
  for (const { transition } of edges) {
    const { from, to } = transition;
    if (!connected.has(from)) connected.get(to)?.push(rankOf(ranks, from));
    if (!connected.has(to)) connected.get(from)?.push(rankOf(ranks, to));
  }
  for (const [id, neighbours] of connected) {
    // Half a rank below the middle one: level with no other phase, and above the second half.
    const middle = neighbours.sort((one, other) => one - other)[Math.floor((neighbours.length - 1) / 2)];
    if (middle !== undefined) ranks.set(id, middle + 0.5);
  }
  return ranks;
}

function rankOf(ranks: ReadonlyMap<string, number>, id: string): number {
  return ranks.get(id) ?? 0;
}

function shapeOf(text: string, category: PhaseCategory): string {
  const rows = textRows(xmlCharacters(text), LABEL_ROOM);
  const height = rows.length * ROW_HEIGHT + PADDING;
  const labelWidth = Math.max(MIN_LABEL_WIDTH, ...rows.map((row) => textWidth(row, FONT_SIZE)));
  const width = Math.ceil((labelWidth + PADDING) / WIDTH_AT[category]((rows.length * ROW_HEIGHT) / height));
  return `${SHAPES[category]}, width=${inches(width)}, height=${inches(height)}, label=${dotString(rows)}`;
}

interface EdgeContext {
  readonly order: ReadonlyMap<string, number>;
  readonly ranks: ReadonlyMap<string, number>;
  readonly labelled: boolean;
}

function edgeStatement(edge: DiagramEdge, index: number, { order, ranks, labelled }: EdgeContext): string {
  const { from, to, kind } = edge.transition;
  const up = leadsUp(edge, ranks);
  const [tail, head] = up ? [to, from] : [from, to];
  const distance = (order.get(to) ?? 0) - (order.get(from) ?? 0);
  const forwardWeight = distance === 1 ? MAIN_LINE_WEIGHT : FORWARD_WEIGHT;
  const weight = kind === 'forward' ? forwardWeight : OTHER_WEIGHT;
  // Two colours cut the curve of a shared edge in halves, one for each transition.
  const direction = edge.opposite ? 'dir=both, color="black;0.5:black"' : `dir=${up ? 'back' : 'forward'}`;
  const label = labelled ? requirementsLabel(edge) : '';
  const room = label === '' ? '' : `, label=${labelWithRoom(label)}`;
  return `p${order.get(tail)} -> p${order.get(head)} [id=e${index}, class=${kind}, ${direction}, weight=${weight}${room}]`;
}

/** Returns whether the first transition of an edge leads from a lower phase to a higher one. */
export function leadsUp({ transition }: DiagramEdge, ranks: ReadonlyMap<string, number>): boolean {
  return rankOf(ranks, transition.from) > rankOf(ranks, transition.to);
}

/** Returns an HTML-like label of the measured size. */
function labelWithRoom(label: string): string {
  const width = Math.ceil(textWidth(label, REQUIREMENTS_FONT_SIZE)) + 8;
  const cell = `fixedsize="true" width="${width}" height="${REQUIREMENTS_FONT_SIZE + 4}"`;
  return `<<table border="0" cellpadding="0" cellspacing="0"><tr><td ${cell}>${escapeXml(label)}</td></tr></table>>`;
}

/** Returns rows of any text as a quoted string. Graphviz expands backslashes and entities in labels. */
function dotString(rows: readonly string[]): string {
  const escaped = rows.map((row) => row.replaceAll('&', '&amp;').replace(/["\\]/g, '\\$&'));
  return `"${escaped.join('\\n')}"`;
}

function inches(points: number): string {
  return (points / POINTS_PER_INCH).toFixed(4);
}
