import { printableLine } from './printable';

/** Cells of a row; numbers are formatted. */
export type Row = readonly (string | number)[];

/** Formats rows as a table: numbers right-aligned, texts left-aligned, two spaces before each column. */
export function formatTable(rows: readonly Row[]): string {
  const texts = rows.map((row) =>
    row.map((cell) => (typeof cell === 'number' ? formatNumber(cell) : printableLine(cell))),
  );
  const last = rows.at(-1) ?? [];
  const widths = last.map((_, column) => Math.max(...texts.map((row) => (row[column] ?? '').length)));
  const align = (text: string, column: number): string =>
    typeof last[column] === 'number' ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  return texts.map((row) => `  ${row.map(align).join('  ')}`.trimEnd()).join('\n');
}

/** Formats a number in the same way on every machine, whatever its locale. */
export function formatNumber(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 2 : 0 });
}
