/** Largest value of PostgreSQL's `integer`, the type of versions and sequences. */
export const MAX_INTEGER = 2 ** 31 - 1;

/** Returns true when PostgreSQL can store the text. */
export function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}
