/**
 * Control characters of ISO 6429 (C0, DEL, C1) but tab and newline, line separators, and characters that change the
 * direction of text. In data, they can move the cursor, overwrite lines and disguise names.
 */
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Returns a text for a terminal: control characters are written as `\u001b`, which is valid inside of JSON, too. */
export function printable(text: string): string {
  return text.replace(CONTROLS, escapeOf);
}

/** Returns a text from data for one line: as `printable`, with tabs and newlines escaped, too. */
export function printableLine(text: string): string {
  return printable(text).replace(/[\t\n]/g, escapeOf);
}

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
