import type { PhaseCategory } from '../../machine/compiled-workflow';
import { BOX_ROW_HEIGHT, BOX_TEXT_INDENT, type Box } from './boxes';
import { rounded, type Point } from './curve';
import { escapeXml } from './escape-xml';
import { walkedClass, type Footprints } from './walk';

/** How round the corners of a box are, in pixels. */
const ROUNDNESS: Readonly<Record<PhaseCategory, number>> = { todo: 3, active: 8, waiting: 8, done: 16 };

const SIGN_FROM_LEFT = 21;
/** From the middle of a row to the line that its letters stand on. */
const BASELINE = 4.5;
/** Between a box and the second line around it, inside where nothing leads out, outside where the ticket is. */
const RIM = 3;

/** What the sign of a category looks like, around 0, 0: an empty circle, one half full, a pause, and a tick. */
const SIGNS: Readonly<Record<PhaseCategory, string>> = {
  todo: '<circle class="sign" r="5"/>',
  active: '<circle class="sign" r="5"/><path class="solid" d="M0-5a5 5 0 0 1 0 10z"/>',
  waiting: '<path class="sign" d="M-2.5-4.5v9M2.5-4.5v9"/>',
  done: '<path class="sign" d="M-5 .5l3.5 4L5-4"/>',
};

/** A phase, as a box around a point. */
export function drawBox(box: Box, [x, y]: Point, footprints?: Footprints): string {
  const { rows, category, width } = box;
  const left = -width / 2;
  return [
    `<g class="phase ${category}${walkedClass(footprints?.visitsOf(box.id))}" transform="translate(${rounded(x)} ${rounded(y)})">`,
    `<title>${escapeXml(describeBox(box, footprints))}</title>`,
    footprints?.isCurrent(box.id) ? frame('here', box, RIM + 1) : '',
    frame('box', box, 0),
    box.terminal ? frame('rim', box, -RIM) : '',
    box.initial ? `<path class="mark" d="M${rounded(left)}-6l7 6l-7 6z"/>` : '',
    `<g transform="translate(${rounded(left + SIGN_FROM_LEFT)} 0)">${SIGNS[category]}</g>`,
    ...rows.map((row, index) => {
      const baseline = rounded((index + 0.5) * BOX_ROW_HEIGHT - (rows.length * BOX_ROW_HEIGHT) / 2 + BASELINE);
      return `<text x="${rounded(left + BOX_TEXT_INDENT)}" y="${baseline}">${escapeXml(row)}</text>`;
    }),
    '</g>',
  ].join('');
}

/** The sign of a category, around 0, 0. */
export function drawSign(category: PhaseCategory): string {
  return SIGNS[category];
}

/** A box without words, for the legend. */
export function drawSample(category: PhaseCategory, { initial = false, terminal = false } = {}): string {
  const size = { category, width: 26, height: 16 };
  return [
    `<g class="${category}">`,
    frame('box', size, 0),
    terminal ? frame('rim', size, -RIM) : '',
    initial ? '<path class="mark" d="M-13-5l6 5l-6 5z"/>' : '',
    initial || terminal ? '' : `<g transform="scale(.9)">${SIGNS[category]}</g>`,
    '</g>',
  ].join('');
}

function describeBox({ id, title, category, initial, terminal }: Box, footprints?: Footprints): string {
  const facts = [title === id ? id : `${title} (${id})`, category];
  if (initial) facts.push('a ticket may start here');
  if (terminal) facts.push('nothing leads out');
  if (footprints !== undefined) facts.push(`visits: ${footprints.visitsOf(id)}`);
  if (footprints?.isCurrent(id)) facts.push('the ticket is here');
  return facts.join(', ');
}

function frame(
  name: string,
  { category, width, height }: Pick<Box, 'category' | 'width' | 'height'>,
  out: number,
): string {
  const [wide, high] = [width + 2 * out, height + 2 * out];
  const round = Math.min(Math.max(ROUNDNESS[category] + out, 1), high / 2);
  const at = `x="${rounded(-wide / 2)}" y="${rounded(-high / 2)}"`;
  return `<rect class="${name}" ${at} width="${rounded(wide)}" height="${rounded(high)}" rx="${rounded(round)}"/>`;
}
