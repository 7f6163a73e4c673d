import type { CompleteWorkflow } from '../../machine/workflow';
import { rounded, type Point } from './curve';
import { escapeXml } from './escape-xml';
import { PICTURE_CLASS, PICTURE_STYLE } from './picture-style';
import { shorten } from './text-rows';
import { widthOf } from './text-width';

const MARGIN = 20;
const HEADING_SIZE = 15;
const HEADING_HEIGHT = 36;
const BEFORE_LEGEND = 24;
/** A small picture grows to this for the sake of what is written around it. */
const LEAST_WIDTH = 240;
/** A description of more phases and moves helps nobody. */
const MOST_DESCRIBED = 60;

/** Something drawn, from 0, 0 to its width and height in pixels. */
export interface Drawn {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

/** How wide the legend of a picture may be: a column beside one that is high, else rows below it. */
export function legendWidth(picture: Drawn): number {
  return isHigh(picture) ? 0 : Math.max(picture.width, LEAST_WIDTH);
}

/** The whole picture: a document that needs nothing else, and in which nothing runs. */
export function drawPage(workflow: CompleteWorkflow, picture: Drawn, legend: Drawn): string {
  const { width: room, height: contentHeight, legendAt } = arrange(workflow.title, picture, legend);
  const [width, height] = [Math.ceil(room + 2 * MARGIN), Math.ceil(contentHeight + HEADING_HEIGHT + 2 * MARGIN)];
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  const heading = shorten(workflow.title, { width: room, size: HEADING_SIZE });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="${PICTURE_CLASS}" role="img" ${size}>`,
    `<title>${escapeXml(workflow.title)}</title>`,
    `<desc>${escapeXml(describe(workflow))}</desc>`,
    `<style>${PICTURE_STYLE}</style>`,
    `<rect class="page" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10"/>`,
    `<text class="heading" x="${MARGIN}" y="${MARGIN + HEADING_SIZE}">${escapeXml(heading)}</text>`,
    `<g transform="translate(${MARGIN} ${MARGIN + HEADING_HEIGHT})">`,
    picture.svg,
    `<g transform="translate(${legendAt.map(rounded).join(' ')})">${legend.svg}</g>`,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

interface Arrangement {
  readonly width: number;
  readonly height: number;
  readonly legendAt: Point;
}

function arrange(title: string, picture: Drawn, legend: Drawn): Arrangement {
  const headingWidth = Math.min(widthOf(title, HEADING_SIZE), LEAST_WIDTH);
  if (isHigh(picture)) {
    const across = picture.width + BEFORE_LEGEND;
    const height = Math.max(picture.height, legend.height);
    return { width: Math.max(across + legend.width, headingWidth), height, legendAt: [across, 0] };
  }
  const down = picture.height + BEFORE_LEGEND;
  const width = Math.max(picture.width, legend.width, headingWidth);
  return { width, height: down + legend.height, legendAt: [0, down] };
}

function isHigh({ width, height }: Drawn): boolean {
  return height > width;
}

/** The picture in words, for who cannot see it. */
function describe({ phases, transitions }: CompleteWorkflow): string {
  const few = phases.length + transitions.length <= MOST_DESCRIBED;
  const names = phases.map(({ id, category }) => `${id} (${category})`);
  const moves = transitions.map(({ from, to, kind }) => `${from} to ${to} (${kind})`);
  const text = `A workflow with ${phases.length} phases and ${transitions.length} moves.`;
  return few ? `${text} Phases: ${names.join(', ')}. Moves: ${moves.join(', ')}.` : text;
}
