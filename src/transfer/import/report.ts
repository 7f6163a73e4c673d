import type { ImportCounts, ImportStatistics } from './statistics';
import { formatTable, type Row } from '../../terminal/table';
import { type RowErrorCode, ROW_ERRORS } from './row-error';

/** What an import did, or a dry run found; `--json` prints exactly this. */
export interface ImportReport extends ImportCounts {
  readonly file: string;
  /** What the ids of the tickets are known under. An export of our own has its own. */
  readonly source: string | null;
  /** Key of the project. An export of our own says of each ticket whose it is. */
  readonly project: string | null;
  /** An export of our own says of each ticket by which it goes. */
  readonly workflow: {
    readonly key: string;
    /** Null in a dry run: the definition is not stored. */
    readonly version: number | null;
    /** This import has stored it, or a dry run would. */
    readonly is_new: boolean;
  } | null;
  /** What an export of our own has brought along, or would in a dry run; null for other files. */
  readonly added: { readonly projects: number; readonly workflows: number; readonly graphs: number } | null;
  readonly dry_run: boolean;
  /** False when it was interrupted, or the file breaks off. */
  readonly complete: boolean;
  /** Why the file is not whole; null where it is. What is whole of it is imported. */
  readonly cut_off: string | null;
  /** Null: nothing was written. */
  readonly quarantine_file: string | null;
  /** From the first row to the last. */
  readonly seconds: number;
  /** Rows of the file. */
  readonly rows_per_second: number;
}

/** What is known before an import starts, and what its counts do not say. */
export type ImportFacts = Omit<ImportReport, keyof ImportCounts | 'complete' | 'rows_per_second'>;

export function reportOf(facts: ImportFacts, statistics: ImportStatistics, isInterrupted: boolean): ImportReport {
  const { quarantine_file, seconds, cut_off, ...known } = facts;
  const counts = statistics.counts();
  const { read, left } = counts.rows;
  return {
    ...known,
    complete: !isInterrupted && cut_off === null,
    cut_off,
    ...counts,
    quarantine_file,
    seconds: Math.round(seconds * 1_000) / 1_000,
    rows_per_second: seconds > 0 ? Math.round((read - left) / seconds) : 0,
  };
}

/** The report for people: plain text, aligned, without colours. */
export function formatImportReport(report: ImportReport): string {
  const parts = [formatTable(summaryRows(report))];
  const codes = Object.entries(report.quarantined_by_code).map(([code, rows]): Row => {
    return [code, ROW_ERRORS[code as RowErrorCode], rows];
  });
  if (codes.length > 0) parts.push('In quarantine, by code', formatTable(codes));
  return `${parts.join('\n\n')}\n`;
}

function summaryRows(report: ImportReport): Row[] {
  const { rows, tickets, dry_run: isDry } = report;
  const whenNotZero: [string, number][] = [
    ['rows there already', rows.already_there],
    [isDry ? 'titles to change' : 'titles changed', report.titles_changed],
    ['titles kept, which others gave', report.titles_kept],
    ['times cut to milliseconds', report.times_shortened],
    ['rows not looked at', rows.left],
  ];
  return [
    ['rows read', rows.read],
    [isDry ? 'tickets to create' : 'tickets created', tickets.created],
    [isDry ? 'tickets to continue' : 'tickets continued', tickets.continued],
    ['tickets unchanged', tickets.unchanged],
    ['tickets in quarantine', tickets.quarantined],
    [isDry ? 'moves to write' : 'moves written', report.moves_written],
    ['rows repeating a state', rows.repeating],
    ['rows in quarantine', rows.quarantined],
    ...whenNotZero.filter(([, count]) => count > 0),
    ...addedRows(report),
    ['seconds', report.seconds],
    ['rows per second', report.rows_per_second],
  ];
}

function addedRows({ added, dry_run: isDry }: ImportReport): Row[] {
  if (added === null) return [];
  const { projects, workflows, graphs } = added;
  return [
    [isDry ? 'projects to add' : 'projects added', projects],
    [isDry ? 'workflows to add' : 'workflows added', workflows],
    [isDry ? 'versions and plans to add' : 'versions and plans added', graphs],
  ];
}
