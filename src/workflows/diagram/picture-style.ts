import {
  PHASE_CATEGORIES,
  TRANSITION_KINDS,
  type PhaseCategory,
  type TransitionKind,
} from '../../machine/compiled-workflow';

interface Palette {
  readonly page: string;
  readonly frame: string;
  readonly ink: string;
  readonly faint: string;
  /** What shows where a ticket is, and how often it was there. */
  readonly accent: string;
  readonly onAccent: string;
  readonly boxes: Readonly<Record<PhaseCategory, readonly [fill: string, stroke: string]>>;
  readonly kinds: Readonly<Record<TransitionKind, string>>;
}

const LIGHT: Palette = {
  page: '#ffffff',
  frame: '#d1d9e0',
  ink: '#1f2328',
  faint: '#59636e',
  accent: '#8250df',
  onAccent: '#ffffff',
  boxes: {
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
  ink: '#f0f6fc',
  faint: '#9198a1',
  accent: '#ab7df8',
  onAccent: '#0d1117',
  boxes: {
    todo: ['#21262d', '#848d97'],
    active: ['#0f2440', '#4493f8'],
    waiting: ['#2e2408', '#d29922'],
    done: ['#0f2d1a', '#3fb950'],
  },
  kinds: { forward: '#c3cad2', regression: '#ff7b72', block: '#d29922', resume: '#58a6ff' },
};

/** Who cannot tell the colours of lines apart can tell their dashes. */
const DASHES: Readonly<Record<TransitionKind, string>> = {
  forward: 'none',
  regression: '8 4',
  block: '0.1 5',
  resume: '9 4.5 0.1 4.5',
};

const FONT = 'system-ui,"Segoe UI","Helvetica Neue",Arial,"DejaVu Sans",sans-serif';

/** The class of the whole picture. Every rule begins with it: an SVG within a page shares its style with the page. */
export const PICTURE_CLASS = 'phaseline-diagram';

/**
 * The style of every picture. The picture brings its own background, because one that is shown as an image follows the
 * reader's system, which need not be what the page around it does. Colours are written out: what knows no media
 * queries or custom properties, as many programs that convert SVG, shows the light ones.
 */
export const PICTURE_STYLE = [
  ...rules(shape()),
  ...rules(colours(LIGHT)),
  `@media (prefers-color-scheme:dark){${rules(colours(DARK)).join('')}}`,
].join('\n');

type Rules = readonly (readonly [selectors: string, style: string])[];

function rules(list: Rules): string[] {
  const within = (selectors: string): string => selectors.replaceAll(/(^|,)/g, `$1.${PICTURE_CLASS} `);
  return list.map(([selectors, style]) => `${within(selectors)}{${style}}`);
}

function shape(): Rules {
  return [
    ['text', `font:13px ${FONT}`],
    ['.heading', 'font-size:15px;font-weight:600'],
    ['.small', 'font-size:12px'],
    ['.label', 'font-size:11px'],
    ['.note', 'font-size:10px;font-style:italic'],
    ['.count', 'font-size:11px;font-weight:600'],
    ['.cell', 'font-size:9px'],
    ['.middle', 'text-anchor:middle'],
    ['.box', 'stroke-width:1.25'],
    ['.sign', 'fill:none;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round'],
    ['.way', 'fill:none;stroke-width:1.5;stroke-linecap:round'],
    ...TRANSITION_KINDS.map((kind) => [`.${kind} .way`, `stroke-dasharray:${DASHES[kind]}`] as const),
    ['.block .way', 'stroke-width:2.25'],
    ['.unwalked .way,.unwalked .tip', 'opacity:.35'],
    ['.unwalked .box,.unwalked .rim,.unwalked .sign,.unwalked .mark,.unwalked .solid', 'opacity:.5'],
    ['.walked .way', 'stroke-width:2.75'],
    ['.walked .box', 'stroke-width:2.5'],
    ['.here', 'fill:none;stroke-width:2.5'],
  ];
}

function colours(palette: Palette): Rules {
  return [
    ['.page', `fill:${palette.page};stroke:${palette.frame}`],
    ['text', `fill:${palette.ink}`],
    ['.note,.unwalked text', `fill:${palette.faint}`],
    ['.grid', `fill:none;stroke:${palette.frame};stroke-width:.5`],
    ...PHASE_CATEGORIES.flatMap((category): Rules => {
      const [fill, stroke] = palette.boxes[category];
      return [
        [`.${category} .box`, `fill:${fill};stroke:${stroke}`],
        [`.${category} .rim,.${category} .sign`, `fill:none;stroke:${stroke}`],
        [`.${category} .mark,.${category} .solid`, `fill:${stroke}`],
      ];
    }),
    ...TRANSITION_KINDS.flatMap((kind): Rules => [
      [`.${kind} .way`, `stroke:${palette.kinds[kind]}`],
      [`.${kind} .tip`, `fill:${palette.kinds[kind]}`],
    ]),
    ['.here', `stroke:${palette.accent}`],
    ['.badge', `fill:${palette.accent}`],
    ['.count', `fill:${palette.onAccent}`],
  ];
}
