import { characterWidth, charactersOf, isFullWidth, widthOf } from './text-width';

const ELLIPSIS = '…';
const MAY_BREAK_AFTER = /^[\s/_.:-]/;

/** How much room there is for a text. Widths are in the unit of the font's size. */
export interface Room {
  readonly width: number;
  readonly rows: number;
  readonly size: number;
}

/** What must not be torn apart. */
interface Piece {
  readonly text: string;
  readonly width: number;
}

/** Breaks a text into rows that fit; what does not fit even so ends in an ellipsis. A blank text is one blank row. */
export function rowsOf(text: string, room: Room): string[] {
  const rows = [''];
  let used = 0;
  for (const piece of piecesOf(text.replace(/\s+/gu, ' ').trim(), room)) {
    const visible = widthOf(piece.text.trimEnd(), room.size);
    if (used > 0 && used + visible > room.width) {
      rows.push('');
      used = 0;
    }
    rows[rows.length - 1] += piece.text;
    used += piece.width;
  }
  const fitting = rows.map((row) => row.trimEnd());
  if (rows.length <= room.rows) return fitting;
  return [...fitting.slice(0, room.rows - 1), shorten(rows.slice(room.rows - 1).join(''), room)];
}

/** The text, as far as it fits into one row, with an ellipsis where something is missing. */
export function shorten(text: string, { width, size }: Pick<Room, 'width' | 'size'>): string {
  const characters = charactersOf(text);
  let used = 0;
  let shown = 0;
  for (const [index, character] of characters.entries()) {
    used += characterWidth(character, size);
    if (used > width) return characters.slice(0, shown).join('').trimEnd() + ELLIPSIS;
    if (used + characterWidth(ELLIPSIS, size) <= width) shown = index + 1;
  }
  return text;
}

/** Words, with what they end in. A word that is longer than a row is torn all the same. */
function piecesOf(text: string, { width: mostWidth, size }: Room): Piece[] {
  const pieces: Piece[] = [];
  let piece = { text: '', width: 0 };
  const finish = (): void => {
    if (piece.text !== '') pieces.push(piece);
    piece = { text: '', width: 0 };
  };
  for (const character of charactersOf(text)) {
    const width = characterWidth(character, size);
    if (isFullWidth(character) || piece.width + width > mostWidth) finish();
    piece = { text: piece.text + character, width: piece.width + width };
    if (isFullWidth(character) || MAY_BREAK_AFTER.test(character)) finish();
  }
  finish();
  return pieces;
}
