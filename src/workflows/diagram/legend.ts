import {
  PHASE_CATEGORIES,
  TRANSITION_KINDS,
  type PhaseCategory,
  type TransitionKind,
} from '../../machine/compiled-workflow';
import type { CompleteWorkflow } from '../../machine/workflow';
import { rounded, type Point } from './curve';
import { drawBadge } from './picture-badges';
import { drawSample, drawSign } from './picture-box';
import { arrow } from './picture-line';
import type { Drawn } from './picture-page';
import { drawGlyph } from './picture-table';
import { widthOf } from './text-width';
import type { Footprints } from './walk';

const FONT_SIZE = 12;
const ROW_HEIGHT = 24;
const SAMPLE_WIDTH = 30;
const GAP = 8;
const BETWEEN = 22;

/** What a sign in a picture means. Samples are drawn around 0, 0. */
export interface LegendEntry {
  readonly sample: string;
  readonly words: string;
}

/**
 * An entry for everything that occurs in the picture, and for nothing else.
 * @param noted whether what moves require is written beside them
 */
export function legendEntries(
  { phases, transitions, initial }: CompleteWorkflow,
  noted: boolean,
  footprints?: Footprints,
): LegendEntry[] {
  const left = new Set(transitions.map(({ from }) => from));
  const start = phases.find(({ id }) => initial.includes(id));
  const end = phases.find(({ id }) => !left.has(id));
  return [
    ...categoriesIn(phases).map((category) => ({ sample: drawSample(category), words: category })),
    ...(start ? [{ sample: drawSample(start.category, { initial: true }), words: 'a ticket may start here' }] : []),
    ...(end ? [{ sample: drawSample(end.category, { terminal: true }), words: 'nothing leads out' }] : []),
    ...kindsIn(transitions).map((kind) => ({ sample: lineSample(kind), words: kind })),
    ...(noted ? [] : omittedNeeds(transitions)),
    ...(footprints ? walkEntries(footprints.movesBeyond(transitions)) : []),
  ];
}

/** The same for a picture that is a table. */
export function tableLegendEntries({ phases, transitions }: CompleteWorkflow, footprints?: Footprints): LegendEntry[] {
  return [
    { sample: '', words: 'each move leads from a row to a column' },
    ...categoriesIn(phases).map((category) => ({
      sample: `<g class="${category}">${drawSign(category)}</g>`,
      words: category,
    })),
    ...kindsIn(transitions).map((kind) => ({ sample: drawGlyph(kind), words: kind })),
    ...omittedNeeds(transitions),
    ...(footprints ? walkEntries(footprints.movesBeyond(transitions)) : []),
  ];
}

/** Nothing is left out without a word. */
function omittedNeeds(moves: CompleteWorkflow['transitions']): LegendEntry[] {
  const needy = moves.some(({ requires }) => requires.length > 0);
  return needy ? [{ sample: '', words: 'not shown: what moves require' }] : [];
}

function categoriesIn(phases: CompleteWorkflow['phases']): PhaseCategory[] {
  return PHASE_CATEGORIES.filter((category) => phases.some((phase) => phase.category === category));
}

function kindsIn(moves: CompleteWorkflow['transitions']): TransitionKind[] {
  return TRANSITION_KINDS.filter((kind) => moves.some((move) => move.kind === kind));
}

/** Sets entries in rows that are no wider than they may be; in one column, where that is less than one entry. */
export function drawLegend(entries: readonly LegendEntry[], mostWidth: number): Drawn {
  let [x, row, width] = [0, 0, 0];
  const svg = entries.map((entry) => {
    const wide = entryWidth(entry);
    if (x > 0 && x + wide > mostWidth) [x, row] = [0, row + 1];
    const drawn = drawEntry(entry, [x, (row + 0.5) * ROW_HEIGHT]);
    width = Math.max(width, x + wide);
    x += wide + BETWEEN;
    return drawn;
  });
  return { svg: `<g class="legend">${svg.join('')}</g>`, width, height: (row + 1) * ROW_HEIGHT };
}

function entryWidth({ sample, words }: LegendEntry): number {
  return (sample === '' ? 0 : SAMPLE_WIDTH + GAP) + Math.ceil(widthOf(words, FONT_SIZE));
}

function drawEntry({ sample, words }: LegendEntry, [x, y]: Point): string {
  const textAt = sample === '' ? x : x + SAMPLE_WIDTH + GAP;
  return [
    sample === '' ? '' : `<g transform="translate(${rounded(x + SAMPLE_WIDTH / 2)} ${rounded(y)})">${sample}</g>`,
    `<text class="small" x="${rounded(textAt)}" y="${rounded(y + 4)}">${words}</text>`,
  ].join('');
}

function lineSample(kind: string): string {
  return `<g class="${kind}"><path class="way" d="M-15 0H7"/><path class="tip" d="${arrow([7, 0], [15, 0])}"/></g>`;
}

function walkEntries(movesBeyond: number): LegendEntry[] {
  const beyond = `${movesBeyond} ${movesBeyond === 1 ? 'move' : 'moves'} of another version of the workflow`;
  return [
    { sample: drawBadge(2, [0, 0]), words: 'walked, and how often' },
    { sample: '<rect class="here" x="-13" y="-8" width="26" height="16" rx="6"/>', words: 'the ticket is here' },
    ...(movesBeyond > 0 ? [{ sample: '', words: `not shown: ${beyond}` }] : []),
  ];
}
