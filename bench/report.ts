import type { Figure } from './figures';
import type { Machine } from './machine';
import type { Series } from './rounds';

/** The report for people. Its tables are Markdown, to be taken over as they are. */
export function formatReport(machine: Machine, series: readonly Series[], figures: readonly Figure[]): string {
  return [
    formatMachine(machine),
    table(['measured', 'a second', 'p50 ms', 'p99 ms'], series.map(rowOfSeries)),
    table(['figure', 'target', 'value', 'in single rounds', ''], figures.map(rowOfFigure)),
  ].join('\n\n');
}

export function formatMachine(machine: Machine): string {
  const settings = Object.entries(machine.settings).map(([name, value]) => `${name} ${value}`);
  const pools = Object.entries(machine.poolSizes).map(([name, size]) => `${name} ${size}`);
  return [
    `Machine     ${machine.cores} × ${machine.processor}, ${machine.memoryGiB} GiB, ${machine.system}`,
    `Versions    Node ${machine.node}, PostgreSQL ${machine.postgres} (embedded, on ${machine.storage})`,
    `PostgreSQL  ${settings.join(', ')}`,
    `Pools       ${pools.join(', ')} connections`,
    'Load        by this process, on the same machine',
  ].join('\n');
}

function rowOfSeries({ label, rate, p50, p99 }: Series): string[] {
  return [label, rate.toFixed(0), p50.toFixed(2), p99.toFixed(2)];
}

function rowOfFigure({ text, target, value, range, met, note }: Figure): string[] {
  if (value === undefined) return [text, target, '—', '', 'not measured'];
  const spread = range === undefined ? (note ?? '') : `${range[0].toFixed(2)} – ${range[1].toFixed(2)}`;
  return [text, target, value.toFixed(2), spread, met ? 'pass' : 'MISS'];
}

function table(head: readonly string[], rows: readonly string[][]): string {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
