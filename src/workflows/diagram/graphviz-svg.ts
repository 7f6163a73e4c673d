import type { CompleteWorkflow } from '../../machine/workflow';
import type { DiagramEdge, DiagramTransition } from './diagram-edges';
import { leadsUp, phaseRanks } from './dot';
import { badgeArea, drawBadge, type Area, type Point, type SvgFragment } from './legend';
import type { PathTaken } from './path-taken';
import { escapeXml } from './text';

type Phase = CompleteWorkflow['phases'][number];

/** A phase with the shapes and texts that Graphviz drew for it. */
interface Node {
  readonly phase: Phase;
  readonly shapes: string;
}

/** A transition with its curve and arrow: those of its edge, or the half of a shared edge that leads to its phase. */
interface Stroke {
  readonly transition: DiagramTransition;
  readonly shapes: string;
  /** The label of its edge, if it has one. */
  readonly label: string;
}

const FRAME = /viewBox="0\.00 0\.00 ([\d.]+) ([\d.]+)".*\n<g id="graph0" class="graph" (transform="[^"]*")/;

/** A node or an edge in Graphviz's SVG. Text in it is escaped, so `</g>` is always its end. */
const ELEMENT = /<g id="([pe]\d+)" class="[^"]*">\n<title>[^<]*<\/title>\n([^]*?)<\/g>/g;

/** Attributes that the stylesheet replaces. */
const STYLED = / (?:xml:space|font-family|font-size)="[^"]*"| fill="(?:lightgrey|black)"| stroke="black"/g;

/** Completes the nodes and edges that Graphviz drew for `toDot`: tooltips, classes, the path taken. */
export function completeGraph(
  graphvizSvg: string,
  workflow: CompleteWorkflow,
  edges: readonly DiagramEdge[],
  path?: PathTaken,
): SvgFragment {
  const [, width, height, transform] = FRAME.exec(graphvizSvg) ?? [];
  const drawn = new Map(
    Array.from(graphvizSvg.matchAll(ELEMENT), ([, id, shapes = '']) => [id, shapes.replaceAll(STYLED, '').trim()]),
  );
  const ranks = phaseRanks(workflow, edges);
  const nodes = workflow.phases.map((phase, index) => ({ phase, shapes: elementOf(drawn, `p${index}`) }));
  const strokes = edges.flatMap((edge, index) => strokesOf(edge, leadsUp(edge, ranks), elementOf(drawn, `e${index}`)));
  const isVisited = ({ transition }: Stroke): number => Math.sign(path?.countOf(transition) ?? 0);
  const svg = [
    `<g ${transform}>`,
    ...strokes.toSorted((one, other) => isVisited(one) - isVisited(other)).map((stroke) => strokeGroup(stroke, path)),
    ...nodes.map((node) => nodeGroup(node, workflow, path)),
    `<g class="requirements">${strokes.map(({ label }) => label).join('')}</g>`,
    ...(path ? countBadges(nodes, strokes, path) : []),
    '</g>',
  ];
  return { svg: svg.join('\n'), width: Number(width), height: Number(height) };
}

function elementOf(drawn: ReadonlyMap<string | undefined, string>, id: string): string {
  const element = drawn.get(id);
  if (element === undefined) throw new Error(`Graphviz drew no element ${id}`);
  return element;
}

/** Splits what Graphviz drew for an edge, one element on a line, into the strokes of its transitions. */
function strokesOf({ transition, opposite }: DiagramEdge, up: boolean, elements: string): Stroke[] {
  const lines = elements.split('\n');
  const label = lines.find((line) => line.startsWith('<text')) ?? '';
  const shapes = lines.filter((line) => !line.startsWith('<text'));
  if (opposite === undefined) return [{ transition, shapes: shapes.join('\n'), label }];
  const [tailCurve, headCurve, tailArrow, headArrow] = shapes;
  const [toTail, toHead] = up ? [transition, opposite] : [opposite, transition];
  return [
    { transition: toTail, shapes: `${tailCurve}\n${tailArrow}`, label },
    { transition: toHead, shapes: `${headCurve}\n${headArrow}`, label: '' },
  ];
}

function strokeGroup({ transition, shapes }: Stroke, path?: PathTaken): string {
  const { from, to, kind, requires } = transition;
  const facts: string[] = [kind];
  if (requires.length > 0) facts.push(`requires ${requires.join(' and ')}`);
  const count = path?.countOf(transition);
  if (count !== undefined) facts.push(`count: ${count}`);
  return group(`edge ${kind}${visitedClass(count)}`, `${from} → ${to}: ${facts.join(', ')}`, shapes);
}

function nodeGroup({ phase, shapes }: Node, { initial, transitions }: CompleteWorkflow, path?: PathTaken): string {
  const { id, title, category } = phase;
  const facts: string[] = [title === id ? id : `${title} (${id})`, category];
  if (initial.includes(id)) facts.push('initial phase');
  if (!transitions.some(({ from }) => from === id)) facts.push('terminal phase');
  const visits = path?.visitsTo(id);
  if (visits !== undefined) facts.push(`visits: ${visits}`);
  if (path?.isCurrent(id)) facts.push('current phase');
  const current = path?.isCurrent(id) ? ' current' : '';
  return group(`node ${category}${visitedClass(visits)}${current}`, facts.join(', '), shapes);
}

function group(classes: string, title: string, shapes: string): string {
  return `<g class="${classes}"><title>${escapeXml(title)}</title>\n${shapes}\n</g>`;
}

function visitedClass(count: number | undefined): string {
  if (count === undefined) return '';
  return count > 0 ? ' visited' : ' unvisited';
}

/** Where along a curve, or beside it, a badge can be, in order of preference. */
const BADGE_PLACES = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8];

/** Returns a badge for each visited phase and for each transition made more than once; badges cover no node and no badge. */
function countBadges(nodes: readonly Node[], strokes: readonly Stroke[], path: PathTaken): string[] {
  const taken = nodes.map(({ shapes }) => areaOf(shapes));
  const badges: string[] = [];
  const add = (text: string, middle: Point): void => {
    taken.push(badgeArea(text, middle));
    badges.push(drawBadge(text, middle));
  };
  nodes.forEach(({ phase, shapes }) => {
    const { middle, width, height } = areaOf(shapes);
    const visits = path.visitsTo(phase.id);
    if (visits > 0) add(`×${visits}`, [middle[0] + width * 0.3, middle[1] - height / 2]);
  });
  for (const { transition, shapes } of strokes) {
    const count = path.countOf(transition);
    if (count < 2) continue;
    const text = `×${count}`;
    const curve = curveOf(shapes);
    const aside = badgeArea(text, [0, 0]).width / 2;
    const places = BADGE_PLACES.flatMap((fraction) => {
      const [x, y] = pointOn(curve, fraction);
      return [0, -aside, aside].map((offset): Point => [x + offset, y]);
    });
    const free = places.find((place) => !taken.some((area) => overlap(area, badgeArea(text, place))));
    add(text, free ?? pointOn(curve, 0.5));
  }
  return badges;
}

function curveOf(shapes: string): Point[] {
  return pointsOf(/<path[^>]*>/.exec(shapes)?.[0] ?? '');
}

/** Returns the points in the `d` and `points` attributes of shapes. */
function pointsOf(shapes: string): Point[] {
  const attributes = Array.from(shapes.matchAll(/ (?:d|points)="([^"]*)"/g), ([, value = '']) => value);
  return Array.from(attributes.join(' ').matchAll(/(-?[\d.]+),(-?[\d.]+)/g), ([, x, y]): Point => [
    Number(x),
    Number(y),
  ]);
}

/** Returns the rectangle around the shapes of a node. */
function areaOf(shapes: string): Area {
  const ellipse = / cx="(-?[\d.]+)" cy="(-?[\d.]+)" rx="([\d.]+)" ry="([\d.]+)"/.exec(shapes);
  if (ellipse !== null) {
    const [x = 0, y = 0, radiusX = 0, radiusY = 0] = ellipse.slice(1).map(Number);
    return { middle: [x, y], width: 2 * radiusX, height: 2 * radiusY };
  }
  const points = pointsOf(shapes);
  const [left, right] = extremes(points.map(([x]) => x));
  const [top, bottom] = extremes(points.map(([, y]) => y));
  return { middle: [(left + right) / 2, (top + bottom) / 2], width: right - left, height: bottom - top };
}

function extremes(values: readonly number[]): [min: number, max: number] {
  return [Math.min(...values), Math.max(...values)];
}

/** Returns a point of a curve: a start and three points for each Bézier segment (De Casteljau's algorithm). */
function pointOn(curve: readonly Point[], fraction: number): Point {
  const segments = Math.floor((curve.length - 1) / 3);
  const segment = Math.min(Math.floor(fraction * segments), segments - 1);
  let points = curve.slice(segment * 3, segment * 3 + 4);
  const at = fraction * segments - segment;
  while (points.length > 1) {
    points = points.slice(1).map(([x, y], index) => {
      const [startX, startY] = points[index] ?? [x, y];
      return [startX + (x - startX) * at, startY + (y - startY) * at];
    });
  }
  return points[0] ?? [0, 0];
}

function overlap(one: Area, other: Area): boolean {
  const distance = (axis: 0 | 1): number => Math.abs(one.middle[axis] - other.middle[axis]);
  return distance(0) * 2 < one.width + other.width && distance(1) * 2 < one.height + other.height;
}
