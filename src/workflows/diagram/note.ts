import { haveSameNeeds, type Line, type Move } from './lines';
import { widthOf } from './text-width';

export const NOTE_FONT_SIZE = 10;
/** In pixels, as all lengths here. */
export const NOTE_HEIGHT = 14;
const PADDING = 4;
/** More notes than this would be in each other's way, and keeping room for 120 takes Graphviz five times as long. */
const MOST_NOTED_LINES = 60;

/** Whether what moves require is written beside their lines. */
export function hasNotes(lines: readonly Line[]): boolean {
  return lines.length <= MOST_NOTED_LINES;
}

/** What is written beside a line: what its moves require. Empty where they require nothing. */
export function noteOf({ there, back }: Line): string {
  if (back === undefined || haveSameNeeds(there, back)) return needsOf(there);
  const needing = [there, back].filter(({ requires }) => requires.length > 0);
  return needing.map((move) => `${move.kind}: ${needsOf(move)}`).join(', ');
}

function needsOf({ requires }: Move): string {
  return requires.join(' + ');
}

export function noteWidth(note: string): number {
  return Math.ceil(widthOf(note, NOTE_FONT_SIZE)) + 2 * PADDING;
}
