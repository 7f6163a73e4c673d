import {
  PHASE_CATEGORIES,
  TRANSITION_KINDS,
  type PhaseCategory,
  type TransitionKind,
} from '../../machine/compiled-workflow';
import type { CompleteWorkflow } from '../../machine/workflow';
import { diagramEdges, requirementsLabel, type DiagramEdge } from './diagram-edges';
import type { PathTaken } from './path-taken';

/** Readable on light and dark pages: phases have their own text colour, edges are neither light nor dark. */
const PHASE_STYLES: Readonly<Record<PhaseCategory, string>> = {
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

/** Rectangle, rounded rectangle, hexagon, stadium. */
const SHAPES: Readonly<Record<PhaseCategory, readonly [open: string, close: string]>> = {
  todo: ['[', ']'],
  active: ['(', ')'],
  waiting: ['{{', '}}'],
  done: ['([', '])'],
};

/** Names of phases in the text. Phase ids can contain anything, so they cannot be names. */
type Names = ReadonlyMap<string, string>;

const INITIAL = '▶';
const TERMINAL = '■';

/**
 * Returns a workflow as the text of a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html). Flowcharts have
 * styles for edges, which Mermaid's state diagrams do not have.
 */
export function toMermaid(workflow: CompleteWorkflow, path?: PathTaken): string {
  const names = new Map(workflow.phases.map(({ id }, index) => [id, `p${index}`]));
  const edges = diagramEdges(workflow);
  return [
    'flowchart TD',
    `accTitle: ${mermaidText(workflow.title)}`,
    `%% ${INITIAL} initial phase, ${TERMINAL} terminal phase`,
    ...phaseStatements(workflow, names, path),
    ...edges.map((edge) => edgeStatement(edge, names, path)),
    ...phaseStyles(workflow, names, path),
    ...edgeStyles(edges, path),
    '',
  ].join('\n');
}

/**
 * Escapes any text for a quoted Mermaid label, and for the HTML that Mermaid makes of it: only letters, digits and a few
 * other characters stay; Markdown, icons and keywords of Mermaid become entities.
 */
export function mermaidText(text: string): string {
  const words = text
    .toWellFormed()
    .replace(/[\s\p{Control}]+/gu, ' ')
    .trim();
  // A label must not be empty; this one is a no-break space.
  return words === ''
    ? '#160;'
    : words.replace(/[^\p{L}\p{M}\p{N} ,/×]/gu, (character) => `#${character.codePointAt(0)};`);
}

function phaseStatements({ phases, initial, transitions }: CompleteWorkflow, names: Names, path?: PathTaken): string[] {
  const starts = new Set(initial);
  const left = new Set(transitions.map(({ from }) => from));
  return phases.map(({ id, title, category }) => {
    const [open, close] = SHAPES[category];
    const visits = path?.visitsTo(id) ?? 0;
    const parts = [starts.has(id) ? INITIAL : '', mermaidText(title), visits > 0 ? `×${visits}` : ''];
    const label = [...parts, left.has(id) ? '' : TERMINAL].filter((part) => part !== '').join(' ');
    return `${names.get(id)}${open}"${label}"${close}`;
  });
}

/** Edges of kind `block` and `resume` are dotted; shared edges have two heads. */
function edgeStatement(edge: DiagramEdge, names: Names, path?: PathTaken): string {
  const { transition, opposite } = edge;
  const dotted = transition.kind === 'block' || transition.kind === 'resume';
  const arrow = (opposite === undefined ? '' : '<') + (dotted ? '-.->' : '-->');
  const parts = [kindLabel(edge), requirementsLabel(edge), countsLabel(edge, path)];
  const text = mermaidText(parts.filter((part) => part !== '').join(', '));
  const label = parts.every((part) => part === '') ? '' : `|"${text}"|`;
  return `${names.get(transition.from)} ${arrow}${label} ${names.get(transition.to)}`;
}

function kindLabel({ transition, opposite }: DiagramEdge): string {
  if (opposite !== undefined) return transition.kind === opposite.kind ? '' : `${transition.kind} / ${opposite.kind}`;
  return transition.kind === 'forward' ? '' : transition.kind;
}

function countsLabel(edge: DiagramEdge, path?: PathTaken): string {
  const counts = countsOf(edge, path);
  return counts.some((count) => count > 0) ? counts.map((count) => `×${count}`).join(' / ') : '';
}

function countsOf({ transition, opposite }: DiagramEdge, path?: PathTaken): number[] {
  if (path === undefined) return [];
  return [transition, ...(opposite === undefined ? [] : [opposite])].map((each) => path.countOf(each));
}

function phaseStyles({ phases }: CompleteWorkflow, names: Names, path?: PathTaken): string[] {
  const styled = (
    name: string,
    style: string,
    belongs: (phase: CompleteWorkflow['phases'][number]) => boolean,
  ): string[] => {
    const members = phases.filter(belongs).map(({ id }) => names.get(id));
    return members.length === 0 ? [] : [`classDef ${name} ${style}`, `class ${members.join(',')} ${name}`];
  };
  const styles = PHASE_CATEGORIES.flatMap((name) =>
    styled(name, PHASE_STYLES[name], ({ category }) => category === name),
  );
  if (path === undefined) return styles;
  return [
    ...styles,
    ...styled('unvisited', 'opacity:0.6', ({ id }) => path.visitsTo(id) === 0),
    ...styled('visited', 'stroke-width:3px', ({ id }) => path.visitsTo(id) > 0),
    ...styled('current', 'stroke:#8250df,stroke-width:5px', ({ id }) => path.isCurrent(id)),
  ];
}

/** Mermaid numbers edges in the order of the text. */
function edgeStyles(edges: readonly DiagramEdge[], path?: PathTaken): string[] {
  const styled = (style: string, belongs: (edge: DiagramEdge) => boolean): string[] => {
    const members = edges.flatMap((edge, index) => (belongs(edge) ? [index] : []));
    return members.length === 0 ? [] : [`linkStyle ${members.join(',')} ${style}`];
  };
  const isVisited = (edge: DiagramEdge): boolean => countsOf(edge, path).some((count) => count > 0);
  return [true, false].flatMap((visited) =>
    TRANSITION_KINDS.flatMap((kind) => {
      const width = path === undefined ? '' : visited ? ',stroke-width:4px' : ',opacity:0.5';
      const style = `stroke:${KIND_COLOURS[kind]}${width}`;
      return styled(style, (edge) => edge.transition.kind === kind && isVisited(edge) === visited);
    }),
  );
}
