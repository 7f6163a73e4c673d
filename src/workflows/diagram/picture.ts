import type { PhaseCategory, TransitionKind } from '../../machine/compiled-workflow';
import type { CompleteWorkflow } from '../../machine/workflow';
import type { DiagramEdge } from './diagram-edges';
import { completeGraph } from './graphviz-svg';
import { drawLegend } from './legend';
import type { PathTaken } from './path-taken';
import { escapeXml, textWidth, truncateText } from './text';

const MARGIN = 20;
const HEADING_BASELINE = 15;
/** Bold text of 15 px is as wide as normal text of this size. */
const HEADING_FONT_SIZE = 16.5;
const HEADING_HEIGHT = 36;
const BEFORE_LEGEND = 24;
const MIN_WIDTH = 240;
/** A longer description helps no reader. */
const MAX_DESCRIBED = 60;

/**
 * Completes the SVG that Graphviz drew for `toDot`: titles, style, heading, legend, and the path taken. The result is a
 * document that loads nothing and runs nothing.
 */
export function completePicture(
  graphvizSvg: string,
  workflow: CompleteWorkflow,
  edges: readonly DiagramEdge[],
  path?: PathTaken,
): string {
  const graph = completeGraph(graphvizSvg, workflow, edges, path);
  const high = graph.height > graph.width;
  const legend = drawLegend(workflow, edges, { maxWidth: high ? 0 : Math.max(graph.width, MIN_WIDTH), path });
  const legendAt = high ? [graph.width + BEFORE_LEGEND, 0] : [0, graph.height + BEFORE_LEGEND];
  const room = high
    ? { width: graph.width + BEFORE_LEGEND + legend.width, height: Math.max(graph.height, legend.height) }
    : { width: Math.max(graph.width, legend.width), height: graph.height + BEFORE_LEGEND + legend.height };
  const contentWidth = Math.max(room.width, Math.min(textWidth(workflow.title, HEADING_FONT_SIZE), MIN_WIDTH));
  const width = Math.ceil(contentWidth + 2 * MARGIN);
  const height = Math.ceil(room.height + HEADING_HEIGHT + 2 * MARGIN);
  const heading = truncateText(workflow.title, { width: contentWidth, fontSize: HEADING_FONT_SIZE });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="${DIAGRAM_CLASS}" role="img" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escapeXml(workflow.title)}</title>`,
    `<desc>${escapeXml(describeWorkflow(workflow))}</desc>`,
    `<style>${STYLESHEET}</style>`,
    `<rect class="page" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10"/>`,
    `<text class="heading" x="${MARGIN}" y="${MARGIN + HEADING_BASELINE}">${escapeXml(heading)}</text>`,
    `<g transform="translate(${MARGIN} ${MARGIN + HEADING_HEIGHT})">`,
    graph.svg,
    `<g transform="translate(${legendAt.join(' ')})">${legend.svg}</g>`,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** Returns the workflow as text, for readers who cannot see the diagram. */
function describeWorkflow({ phases, transitions }: CompleteWorkflow): string {
  const summary = `Workflow with ${phases.length} phases and ${transitions.length} transitions.`;
  if (phases.length + transitions.length > MAX_DESCRIBED) return summary;
  const phaseList = phases.map(({ id, category }) => `${id} (${category})`).join(', ');
  const transitionList = transitions.map(({ from, to, kind }) => `${from} to ${to} (${kind})`).join(', ');
  return `${summary} Phases: ${phaseList}. Transitions: ${transitionList}.`;
}

interface Palette {
  readonly page: string;
  readonly frame: string;
  readonly text: string;
  readonly faint: string;
  /** For the path taken. */
  readonly accent: string;
  readonly phases: Readonly<Record<PhaseCategory, readonly [fill: string, stroke: string]>>;
  readonly kinds: Readonly<Record<TransitionKind, string>>;
}

const LIGHT: Palette = {
  page: '#ffffff',
  frame: '#d1d9e0',
  text: '#1f2328',
  faint: '#59636e',
  accent: '#8250df',
  phases: {
    todo: ['#f6f8fa', '#818b98'],
    active: ['#ddf4ff', '#0969da'],
    waiting: ['#fff8c5', '#9a6700'],
    done: ['#dafbe1', '#1a7f37'],
  },
  kinds: { forward: '#424a53', regression: '#cf222e', block: '#9a6700', resume: '#0969da' },
};

const DARK: Palette = {
  page: '#0d1117',
  frame: '#3d444d',
  text: '#f0f6fc',
  faint: '#9198a1',
  accent: '#ab7df8',
  phases: {
    todo: ['#21262d', '#848d97'],
    active: ['#0f2440', '#4493f8'],
    waiting: ['#2e2408', '#d29922'],
    done: ['#0f2d1a', '#3fb950'],
  },
  kinds: { forward: '#c3cad2', regression: '#ff7b72', block: '#d29922', resume: '#58a6ff' },
};

const FONT = 'system-ui,"Segoe UI","Helvetica Neue",Arial,"DejaVu Sans",sans-serif';

/** The class of the whole picture. Every rule begins with it: an SVG within a page shares its style with the page. */
const DIAGRAM_CLASS = 'phaseline-diagram';

/** Dashes tell kinds of transitions apart without colour. */
const SHAPE_RULES: Readonly<Record<string, string>> = {
  text: `font:13px ${FONT};stroke:none`,
  '.heading': 'font-size:15px;font-weight:600',
  '.legend text': 'font-size:12px',
  '.requirements text': 'font-size:10px;font-style:italic;stroke-width:3;stroke-linejoin:round;paint-order:stroke',
  '.count': 'font-size:11px;font-weight:600;text-anchor:middle',
  '.node': 'stroke-width:1.25',
  '.edge': 'stroke-width:1.5',
  '.edge path': 'fill:none;stroke-linecap:round',
  '.regression path': 'stroke-dasharray:8 4',
  '.block path': 'stroke-dasharray:.1 5;stroke-width:2.25',
  '.resume path': 'stroke-dasharray:9 4.5 .1 4.5',
  '.edge polygon': 'stroke-width:1',
  '.visited path': 'stroke-width:2.75',
  '.node.visited': 'stroke-width:2.5',
  '.unvisited :not(text)': 'opacity:.45',
  '.node.current': 'stroke-width:4',
};

function colourRules({ page, frame, text, faint, accent, phases, kinds }: Palette): Record<string, string> {
  return {
    '.page': `fill:${page};stroke:${frame}`,
    text: `fill:${text}`,
    '.requirements text,.unvisited text': `fill:${faint}`,
    '.requirements text': `stroke:${page}`,
    ...entries(phases, ([fill, stroke]) => `fill:${fill};stroke:${stroke}`),
    ...entries(kinds, (colour) => `fill:${colour};stroke:${colour}`),
    '.node.current': `stroke:${accent}`,
    '.badge': `fill:${accent}`,
    '.count': `fill:${page}`,
  };
}

function entries<T>(values: Readonly<Record<string, T>>, style: (value: T) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`.${name}`, style(value)]));
}

function css(rules: Readonly<Record<string, string>>): string {
  const within = (selectors: string): string => selectors.replaceAll(/(^|,)/g, `$1.${DIAGRAM_CLASS} `);
  return Object.entries(rules)
    .map(([selectors, style]) => `${within(selectors)}{${style}}`)
    .join('\n');
}

/**
 * The style of every diagram. A diagram brings its own background, because an image follows the reader's system, which can
 * differ from the page around it. Colours are written out: programs that ignore media queries show the light ones.
 */
const STYLESHEET = [
  css(SHAPE_RULES),
  css(colourRules(LIGHT)),
  `@media (prefers-color-scheme:dark){\n${css(colourRules(DARK))}\n}`,
].join('\n');
