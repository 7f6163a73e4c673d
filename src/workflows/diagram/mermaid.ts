import {
  PHASE_CATEGORIES,
  TRANSITION_KINDS,
  type PhaseCategory,
  type TransitionKind,
} from '../../machine/compiled-workflow';
import type { CompleteWorkflow } from '../../machine/workflow';
import { linesOf, type Line } from './lines';
import { noteOf } from './note';
import { Footprints, type Walk } from './walk';

/** Readable on light and dark pages: boxes bring their own text colour, lines are neither light nor dark. */
const BOX_STYLES: Readonly<Record<PhaseCategory, string>> = {
  todo: 'fill:#f6f8fa,stroke:#818b98,color:#1f2328',
  active: 'fill:#ddf4ff,stroke:#0969da,color:#1f2328',
  waiting: 'fill:#fff8c5,stroke:#9a6700,color:#1f2328',
  done: 'fill:#dafbe1,stroke:#1a7f37,color:#1f2328',
};
const KIND_COLOURS: Readonly<Record<TransitionKind, string>> = {
  forward: '#7d8590',
  regression: '#e5534b',
  block: '#bb8009',
  resume: '#388bfd',
};

/** Rectangle, rounded, six-cornered, round at the ends. */
const SHAPES: Readonly<Record<PhaseCategory, readonly [open: string, close: string]>> = {
  todo: ['[', ']'],
  active: ['(', ')'],
  waiting: ['{{', '}}'],
  done: ['([', '])'],
};

/** What phases are called in the text: their ids could be anything. */
type Names = ReadonlyMap<string, string>;

const INITIAL = '▶';
const TERMINAL = '■';

/**
 * A workflow as the text of a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html), which, other than its
 * state diagrams, can tell kinds of lines apart.
 * @param walk what a ticket did, to be marked
 */
export function mermaidOf(workflow: CompleteWorkflow, walk?: Walk): string {
  const names = new Map(workflow.phases.map(({ id }, place) => [id, `p${place}`]));
  const lines = linesOf(workflow);
  const footprints = walk && new Footprints(walk);
  return [
    'flowchart TD',
    `accTitle: ${mermaidText(workflow.title)}`,
    `%% ${INITIAL} a ticket may start here, ${TERMINAL} nothing leads out`,
    ...drawPhases(workflow, names, footprints),
    ...lines.map((line) => drawLine(line, names, footprints)),
    ...phaseStyles(workflow, names, footprints),
    ...lineStyles(lines, footprints),
    '',
  ].join('\n');
}

/**
 * Any text, safe within Mermaid's quotes and within the HTML that it makes of them: all but letters, digits and a few signs
 * are written as entities, also what Mermaid would take for Markdown, an icon or the end of the diagram.
 */
export function mermaidText(text: string): string {
  const words = text
    .toWellFormed()
    .replace(/[\s\p{Control}]+/gu, ' ')
    .trim();
  // A label must not be empty; this one is a space that does not go away.
  return words === '' ? '#160;' : words.replace(/[^\p{L}\p{M}\p{N} ,/×]/gu, (sign) => `#${sign.codePointAt(0)};`);
}

function drawPhases(
  { phases, initial, transitions }: CompleteWorkflow,
  names: Names,
  footprints?: Footprints,
): string[] {
  const starts = new Set(initial);
  const left = new Set(transitions.map(({ from }) => from));
  return phases.map(({ id, title, category }) => {
    const [open, close] = SHAPES[category];
    const visits = footprints?.visitsOf(id) ?? 0;
    const parts = [starts.has(id) ? INITIAL : '', mermaidText(title), visits > 0 ? `×${visits}` : ''];
    const label = [...parts, left.has(id) ? '' : TERMINAL].filter((part) => part !== '').join(' ');
    return `${names.get(id)}${open}"${label}"${close}`;
  });
}

/** Solid for moves on and back, dotted for pauses; pauses that go both ways have two heads. */
function drawLine(line: Line, names: Names, footprints?: Footprints): string {
  const { there, back } = line;
  const dotted = there.kind === 'block' || there.kind === 'resume';
  const arrow = (back === undefined ? '' : '<') + (dotted ? '-.->' : '-->');
  const label = [wordsFor(line), noteOf(line), countsOf(line, footprints)].filter((part) => part !== '').join(', ');
  return `${names.get(there.from)} ${arrow}${label === '' ? '' : `|"${mermaidText(label)}"|`} ${names.get(there.to)}`;
}

/** What shape and colour do not say: forward is what lines are for, and a pause shows in its dots. */
function wordsFor({ there, back }: Line): string {
  if (back !== undefined) return there.kind === back.kind ? '' : `${there.kind} / ${back.kind}`;
  return there.kind === 'forward' ? '' : there.kind;
}

function countsOf({ there, back }: Line, footprints?: Footprints): string {
  if (footprints === undefined) return '';
  const counts = [there, ...(back === undefined ? [] : [back])].map((move) => footprints.countOf(move));
  return counts.some((count) => count > 0) ? counts.map((count) => `×${count}`).join(' / ') : '';
}

function phaseStyles({ phases }: CompleteWorkflow, names: Names, footprints?: Footprints): string[] {
  const styled = (
    name: string,
    style: string,
    belongs: (phase: CompleteWorkflow['phases'][number]) => boolean,
  ): string[] => {
    const members = phases.filter(belongs).map(({ id }) => names.get(id));
    return members.length === 0 ? [] : [`classDef ${name} ${style}`, `class ${members.join(',')} ${name}`];
  };
  const styles = PHASE_CATEGORIES.flatMap((name) =>
    styled(name, BOX_STYLES[name], ({ category }) => category === name),
  );
  if (footprints === undefined) return styles;
  return [
    ...styles,
    ...styled('unwalked', 'opacity:0.6', ({ id }) => footprints.visitsOf(id) === 0),
    ...styled('walked', 'stroke-width:3px', ({ id }) => footprints.visitsOf(id) > 0),
    ...styled('here', 'stroke:#8250df,stroke-width:5px', ({ id }) => footprints.isCurrent(id)),
  ];
}

/** Mermaid knows lines by their place in the text. */
function lineStyles(lines: readonly Line[], footprints?: Footprints): string[] {
  const styled = (style: string, belongs: (line: Line) => boolean): string[] => {
    const members = Array.from(lines.keys()).filter((place) => belongs(lines[place]!));
    return members.length === 0 ? [] : [`linkStyle ${members.join(',')} ${style}`];
  };
  const walked = ({ there, back }: Line): boolean =>
    footprints !== undefined && [there, back].some((move) => move !== undefined && footprints.countOf(move) > 0);
  return [true, false].flatMap((was) =>
    TRANSITION_KINDS.flatMap((kind) => {
      const width = footprints === undefined ? '' : was ? ',stroke-width:4px' : ',opacity:0.5';
      return styled(`stroke:${KIND_COLOURS[kind]}${width}`, (line) => line.there.kind === kind && walked(line) === was);
    }),
  );
}
