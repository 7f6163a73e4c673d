// Widths in ems, the averages of DejaVu Sans, the widest of the common fonts: with another one a box has some air.
const NARROW = 0.36;
const WIDE = 0.95;
const CAPITAL = 0.68;
const USUAL = 0.62;
const FULL = 1.1;

const NARROW_CHARACTERS = /^[ijlrtfI.,:;'`|!()[\]\s/\\-]/;
const WIDE_CHARACTERS = /^[mwMW@%&—…→]/;
/** Han, Kana, Hangul and their punctuation, full-width forms, emoji: as wide as they are high. */
const FULL_CHARACTERS =
  /^(\p{Extended_Pictographic}|\p{Regional_Indicator}|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE4F\uFF00-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}])/u;
const NO_WIDTH = /^[\p{Mark}\p{Format}\p{Control}]+$/u;

const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** The characters of a text as people count them: a letter with its accents is one, a family emoji too. */
export function charactersOf(text: string): string[] {
  // Most titles are this simple, and taking them apart properly costs ten times as much.
  if (/^[ -~]*$/.test(text)) return Array.from(text);
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/**
 * How wide a text will be, estimated: what draws it is not here, and neither is its font.
 * @param size the size of the font; the answer is in the same unit
 */
export function widthOf(text: string, size: number): number {
  return charactersOf(text).reduce((width, character) => width + characterWidth(character, size), 0);
}

/** The same for one of `charactersOf`. */
export function characterWidth(character: string, size: number): number {
  return emsOf(character) * size;
}

/** Whether lines may break on either side of a character without a space, as in Chinese. */
export function isFullWidth(character: string): boolean {
  return FULL_CHARACTERS.test(character);
}

function emsOf(character: string): number {
  if (NO_WIDTH.test(character)) return 0;
  if (isFullWidth(character)) return FULL;
  if (NARROW_CHARACTERS.test(character)) return NARROW;
  if (WIDE_CHARACTERS.test(character)) return WIDE;
  return /^\p{Lu}/u.test(character) ? CAPITAL : USUAL;
}
