import type { PhaseCategory } from '../../machine/compiled-workflow';
import type { CompleteWorkflow } from '../../machine/workflow';
import { rowsOf } from './text-rows';
import { widthOf } from './text-width';

export const BOX_FONT_SIZE = 13;
export const BOX_ROW_HEIGHT = 16;
/** From the left edge of a box to its text: the sign of its category is between them. */
export const BOX_TEXT_INDENT = 34;

const TEXT_ROOM = { width: 140, rows: 2, size: BOX_FONT_SIZE };
const LEAST_TEXT_WIDTH = 40;
const RIGHT_PADDING = 12;
const UPRIGHT_PADDING = 18;

/** A phase as it is drawn. Lengths are in pixels. */
export interface Box {
  readonly id: string;
  readonly title: string;
  /** Its title, as far as there is room. */
  readonly rows: readonly string[];
  readonly category: PhaseCategory;
  /** A ticket may start here. */
  readonly initial: boolean;
  /** No move leads out. */
  readonly terminal: boolean;
  readonly width: number;
  readonly height: number;
}

/** The boxes of a workflow, in the order of its phases. */
export function boxesOf({ phases, initial, transitions }: CompleteWorkflow): Box[] {
  const starts = new Set(initial);
  const left = new Set(transitions.map(({ from }) => from));
  return phases.map(({ id, title, category }) => {
    const rows = rowsOf(title, TEXT_ROOM);
    const textWidth = Math.max(LEAST_TEXT_WIDTH, ...rows.map((row) => widthOf(row, BOX_FONT_SIZE)));
    const width = Math.ceil(BOX_TEXT_INDENT + textWidth + RIGHT_PADDING);
    const height = rows.length * BOX_ROW_HEIGHT + UPRIGHT_PADDING;
    return { id, title, rows, category, initial: starts.has(id), terminal: !left.has(id), width, height };
  });
}
