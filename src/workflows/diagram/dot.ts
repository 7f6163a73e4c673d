import type { Box } from './boxes';
import type { Line } from './lines';
import { hasNotes, NOTE_HEIGHT, noteOf, noteWidth } from './note';

const POINTS_PER_INCH = 72;

const SETTINGS = [
  'graph [rankdir=TB, nodesep=0.35, ranksep=0.65];',
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
 *   Graphviz sees no circle and has no line to turn as it thinks best. Its id begins with `up`, the others' with `down`
 */
export function dotOf(boxes: readonly Box[], lines: readonly Line[], heights: ReadonlyMap<string, number>): string {
  const places = new Map(boxes.map(({ id }, place) => [id, place]));
  const order = boxes.toSorted((one, other) => heights.get(one.id)! - heights.get(other.id)!);
  const nodes = order.map(
    ({ id, width, height }) => `n${places.get(id)} [width=${inch(width)}, height=${inch(height)}];`,
  );
  const noted = hasNotes(lines);
  const edges = lines.map((line, index) => {
    const { from, to } = line.there;
    const up = heights.get(from)! > heights.get(to)!;
    const [tail, head] = up ? [places.get(to), places.get(from)] : [places.get(from), places.get(to)];
    const weight = `weight=${weightOf(line, places)}`;
    const settings = [`id=${up ? 'up' : 'down'}${index}`, wayOf(line, up), weight, ...(noted ? roomFor(line) : [])];
    return `n${tail} -> n${head} [${settings.join(', ')}];`;
  });
  return ['digraph {', ...SETTINGS, ...nodes, ...edges, '}'].join('\n');
}

/** On which ends the arrows are. */
function wayOf({ back }: Line, up: boolean): string {
  if (back !== undefined) return 'dir=both';
  return up ? 'dir=back' : 'dir=forward';
}

function weightOf({ there }: Line, places: ReadonlyMap<string, number>): number {
  if (there.kind !== 'forward') return LIGHT;
  const [from, to] = [places.get(there.from)!, places.get(there.to)!];
  return to - from === 1 ? HEAVY : USUAL;
}

/** A label of a note's size, with nothing in it: the note is drawn later. */
function roomFor(line: Line): string[] {
  const note = noteOf(line);
  if (note === '') return [];
  const size = `fixedsize="true" width="${noteWidth(note)}" height="${NOTE_HEIGHT}"`;
  return [`label=<<table border="0" cellpadding="0" cellspacing="0"><tr><td ${size}></td></tr></table>>`];
}

function inch(points: number): string {
  return (points / POINTS_PER_INCH).toFixed(4);
}
