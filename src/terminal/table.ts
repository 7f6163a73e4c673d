export type Row = readonly (string | number)[];

/** Columns of numbers to the right, the others to the left, two spaces between them and before the first. */
export function formatTable(rows: readonly Row[]): string {
  const texts = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? formatNumber(cell) : cell)));
  const last = rows.at(-1) ?? [];
  const widths = last.map((_, column) => Math.max(...texts.map((row) => (row[column] ?? '').length)));
  const align = (text: string, column: number): string =>
    typeof last[column] === 'number' ? text.padStart(widths[column]!) : text.padEnd(widths[column]!);
  return texts.map((row) => `  ${row.map(align).join('  ')}`.trimEnd()).join('\n');
}

/** The same on every machine, whatever its language. */
export function formatNumber(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 2 : 0 });
}
