/** The largest number of PostgreSQL's `integer`, which versions and other counts are kept as. */
export const MAX_INTEGER = 2 ** 31 - 1;

/** True when PostgreSQL can store the text as it is. */
export function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}
