import type { Box } from './boxes';
import type { Line } from './lines';
import { NOTE_HEIGHT, noteOf, noteWidth } from './note';

const POINTS_PER_INCH = 72;

/**
 * `nslimit` and `nslimit1` bound the search for short lines: 100 phases and 300 moves take one second instead of four,
 * and pictures of fewer than 50 moves come out the same.
 */
const SETTINGS = [
  'graph [rankdir=TB, nodesep=0.35, ranksep=0.65, outputorder=nodesfirst];',
  'node [shape=box, fixedsize=true, label=""];',
  'edge [arrowsize=0.8];',
];

/** The weight of a line: what is heavy becomes short and straight. */
const HEAVY = 10;
const USUAL = 3;
const LIGHT = 1;

/**
 * Asks Graphviz, in its own language, where boxes and lines go: https://graphviz.org/doc/info/lang.html. Nothing that
 * people wrote is in it, only numbers, so nothing in it has to be escaped.
 * @param heights how far down each phase belongs. A line that leads up is handed over the wrong way round, so that
 *   Graphviz sees no circle and has no line to turn as it thinks best
 */
export function dotOf(boxes: readonly Box[], lines: readonly Line[], heights: ReadonlyMap<string, number>): string {
  const places = new Map(boxes.map(({ id }, place) => [id, place]));
  const order = boxes.toSorted((one, other) => heights.get(one.id)! - heights.get(other.id)!);
  const nodes = order.map(
    ({ id, width, height }) => `n${places.get(id)} [width=${inch(width)}, height=${inch(height)}];`,
  );
  const edges = lines.map((line, index) => {
    const { from, to } = line.there;
    const [tail, head] = leadsUp(line, heights) ? [to, from] : [from, to];
    return `n${places.get(tail)} -> n${places.get(head)} [${edgeSettings(line, index, heights, places)}];`;
  });
  return ['digraph {', ...SETTINGS, ...nodes, ...edges, '}'].join('\n');
}

export function leadsUp({ there }: Line, heights: ReadonlyMap<string, number>): boolean {
  return heights.get(there.from)! > heights.get(there.to)!;
}

function edgeSettings(
  line: Line,
  index: number,
  heights: ReadonlyMap<string, number>,
  places: ReadonlyMap<string, number>,
): string {
  const { there, back } = line;
  const way = leadsUp(line, heights) ? 'back' : 'forward';
  const [from, to] = [places.get(there.from)!, places.get(there.to)!];
  const onward = to - from === 1 ? HEAVY : USUAL;
  const settings = [`id=e${index}`, `dir=${back === undefined ? way : 'both'}`];
  settings.push(`weight=${there.kind === 'forward' ? onward : LIGHT}`);
  const note = noteOf(line);
  if (note !== '') settings.push(`label=${emptyRoom(noteWidth(note), NOTE_HEIGHT)}`);
  return settings.join(', ');
}

/** A label that only takes room, in points. */
function emptyRoom(width: number, height: number): string {
  const size = `fixedsize="true" width="${width}" height="${height}"`;
  return `<<table border="0" cellpadding="0" cellspacing="0"><tr><td ${size}></td></tr></table>>`;
}

function inch(points: number): string {
  return (points / POINTS_PER_INCH).toFixed(4);
}
