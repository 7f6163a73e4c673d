// Measures and escapes the text of diagrams. Graphviz knows only the widths of a few Latin fonts.

// Widths in ems: averages of DejaVu Sans, the widest of the common fonts.
const NARROW = 0.36;
const WIDE = 0.95;
const CAPITAL = 0.68;
const USUAL = 0.62;
const FULL = 1.1;

const NARROW_CHARACTERS = /^[ijlrtfI.,:;'`|!()[\]\s/\\-]/;
const WIDE_CHARACTERS = /^[mwMW@%&—…→\uFFFD]/;
/** Han, Kana, Hangul and their punctuation, full-width forms, emoji: as wide as they are high. */
const FULL_CHARACTERS =
  /^(\p{Extended_Pictographic}|\p{Regional_Indicator}|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE4F\uFF00-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}])/u;
const NO_WIDTH = /^[\p{Mark}\p{Format}\p{Control}]+$/u;

const ELLIPSIS = '…';
const MAY_BREAK_AFTER = /^[\s/_.:-]/;

const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** The room for a text, in pixels. */
export interface TextRoom {
  readonly width: number;
  readonly rows: number;
  readonly fontSize: number;
}

/** Splits a text into grapheme clusters: a letter with its accents is one, a family emoji too. */
export function graphemesOf(text: string): string[] {
  // Most titles are ASCII, and the segmenter takes ten times as long.
  if (/^[ -~]*$/.test(text)) return Array.from(text);
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** Estimates the width of a text, in pixels. */
export function textWidth(text: string, fontSize: number): number {
  return graphemesOf(text).reduce((width, grapheme) => width + emsOf(grapheme) * fontSize, 0);
}

/** Breaks a text into rows that fit; the last row ends in an ellipsis if the rest does not. A blank text is one blank row. */
export function textRows(text: string, room: TextRoom): string[] {
  const rows = [''];
  let used = 0;
  for (const piece of piecesOf(text.replace(/\s+/gu, ' ').trim(), room)) {
    const visible = textWidth(piece.text.trimEnd(), room.fontSize);
    if (used > 0 && used + visible > room.width) {
      rows.push('');
      used = 0;
    }
    rows[rows.length - 1] += piece.text;
    used += piece.width;
  }
  const fitting = rows.map((row) => row.trimEnd());
  if (rows.length <= room.rows) return fitting;
  return [...fitting.slice(0, room.rows - 1), truncateText(rows.slice(room.rows - 1).join(''), room)];
}

/** Returns as much of a text as fits into one row, with an ellipsis if something is missing. */
export function truncateText(text: string, { width, fontSize }: Pick<TextRoom, 'width' | 'fontSize'>): string {
  const graphemes = graphemesOf(text);
  let used = 0;
  let shown = 0;
  for (const [index, grapheme] of graphemes.entries()) {
    used += emsOf(grapheme) * fontSize;
    if (used > width) return graphemes.slice(0, shown).join('').trimEnd() + ELLIPSIS;
    if (used + emsOf(ELLIPSIS) * fontSize <= width) shown = index + 1;
  }
  return text;
}

/** Splits a text where a row may break: after words, around full-width characters, and within words longer than a row. */
function piecesOf(text: string, room: TextRoom): { text: string; width: number }[] {
  const pieces: { text: string; width: number }[] = [];
  let piece = { text: '', width: 0 };
  const finish = (): void => {
    if (piece.text !== '') pieces.push(piece);
    piece = { text: '', width: 0 };
  };
  for (const grapheme of graphemesOf(text)) {
    const width = emsOf(grapheme) * room.fontSize;
    const full = FULL_CHARACTERS.test(grapheme);
    if (full || piece.width + width > room.width) finish();
    piece = { text: piece.text + grapheme, width: piece.width + width };
    if (full || MAY_BREAK_AFTER.test(grapheme)) finish();
  }
  finish();
  return pieces;
}

function emsOf(grapheme: string): number {
  if (NO_WIDTH.test(grapheme)) return 0;
  if (FULL_CHARACTERS.test(grapheme)) return FULL;
  if (NARROW_CHARACTERS.test(grapheme)) return NARROW;
  if (WIDE_CHARACTERS.test(grapheme)) return WIDE;
  return /^\p{Lu}/u.test(grapheme) ? CAPITAL : USUAL;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#13;',
};

/** Characters that XML 1.0 does not allow (https://www.w3.org/TR/xml/#charsets), without lone surrogates. */
const NOT_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

/** Replaces each character that XML cannot contain with U+FFFD. */
export function xmlCharacters(text: string): string {
  return text.toWellFormed().replace(NOT_XML, '\u{FFFD}');
}

/** Escapes any text for an XML element or attribute. */
export function escapeXml(text: string): string {
  return xmlCharacters(text).replace(/[&<>"'\r]/g, (character) => ENTITIES[character] ?? character);
}
