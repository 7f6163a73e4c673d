import type { Box } from './boxes';
import { rounded } from './curve';
import { escapeXml } from './escape-xml';
import type { Layout } from './layout';
import type { Line } from './lines';
import { NOTE_HEIGHT, noteOf, noteWidth } from './note';
import type { Area } from './picture-badges';
import { drawBox } from './picture-box';
import { drawCounts } from './picture-counts';
import { drawStroke, strokesOf, type Stroke } from './picture-line';
import type { Footprints } from './walk';

/** A note of a line, and the room that was kept for it. */
interface Note extends Area {
  readonly text: string;
}

/** A laid-out workflow as SVG, from 0, 0 to the layout's width and height. */
export function drawGraph(
  boxes: readonly Box[],
  lines: readonly Line[],
  layout: Layout,
  footprints?: Footprints,
): string {
  const strokes = lines.flatMap((line, index) => strokesOf(line, layout.lines[index]!));
  const notes = notesOf(lines, layout);
  return [
    ...inDrawingOrder(strokes, footprints).map((stroke) => drawStroke(stroke, footprints)),
    ...boxes.map((box, index) => drawBox(box, layout.boxes[index]!, footprints)),
    ...notes.map(drawNote),
    ...(footprints ? countsIn(boxes, strokes, notes, layout, footprints) : []),
  ].join('\n');
}

/** What a ticket did lies on top of what it did not do. */
function inDrawingOrder(strokes: readonly Stroke[], footprints?: Footprints): readonly Stroke[] {
  if (footprints === undefined) return strokes;
  const walked = ({ move }: Stroke): number => Math.sign(footprints.countOf(move));
  return strokes.toSorted((one, other) => walked(one) - walked(other));
}

function notesOf(lines: readonly Line[], layout: Layout): Note[] {
  return lines.flatMap((line, index) => {
    const middle = layout.lines[index]!.note;
    const text = noteOf(line);
    return middle === undefined ? [] : [{ text, middle, width: noteWidth(text), height: NOTE_HEIGHT }];
  });
}

function drawNote({ text, middle: [x, y] }: Note): string {
  return `<text class="note middle" x="${rounded(x)}" y="${rounded(y + 3.5)}">${escapeXml(text)}</text>`;
}

function countsIn(
  boxes: readonly Box[],
  strokes: readonly Stroke[],
  notes: readonly Note[],
  layout: Layout,
  footprints: Footprints,
): string[] {
  const places = boxes.map(({ id, width, height }, index) => ({
    place: { middle: layout.boxes[index]!, width, height },
    count: footprints.visitsOf(id),
  }));
  const moves = strokes.map((place) => ({ place, count: footprints.countOf(place.move) }));
  return drawCounts(
    places,
    moves.filter(({ count }) => count > 0),
    notes,
  );
}
