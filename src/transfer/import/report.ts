import type { ImportCounts, ImportStatistics } from './statistics';
import { formatTable, type Row } from '../../terminal/table';
import { type RowErrorCode, ROW_ERRORS } from './row-error';

/** The result of an import or a dry run; `--json` prints exactly this object. */
export interface ImportReport extends ImportCounts {
  readonly file: string;
  /** The namespace of the ticket ids; null for an export. */
  readonly source: string | null;
  /** The project key; null for an export, which names the project of each ticket. */
  readonly project: string | null;
  /** The workflow of new tickets; null for an export, which names the workflow of each ticket. */
  readonly workflow: {
    readonly key: string;
    /** Null in a dry run when the definition is not stored. */
    readonly version: number | null;
    /** True when this import stored the version, or a dry run would. */
    readonly is_new: boolean;
  } | null;
  /** The projects, workflows and graphs that an export adds, or would add in a dry run; null for other files. */
  readonly added: { readonly projects: number; readonly workflows: number; readonly graphs: number } | null;
  readonly dry_run: boolean;
  /** False when the import was interrupted or the file is truncated. */
  readonly complete: boolean;
  /** Why the file is incomplete, or null. Its complete tickets are imported. */
  readonly cut_off: string | null;
  /** Null when nothing was written. */
  readonly quarantine_file: string | null;
  /** The time from the first row to the last. */
  readonly seconds: number;
  /** Rows of the file per second. */
  readonly rows_per_second: number;
}

/** The part of the report that the counts do not contain. */
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

/** Formats the report as aligned plain text without colours. */
export function formatImportReport(report: ImportReport): string {
  const parts = [formatTable(summaryRows(report))];
  const codes = Object.entries(report.quarantined_by_code).map(([code, rows]): Row => {
    return [code, ROW_ERRORS[code as RowErrorCode], rows];
  });
  if (codes.length > 0) parts.push('Quarantined, by code', formatTable(codes));
  return `${parts.join('\n\n')}\n`;
}

function summaryRows(report: ImportReport): Row[] {
  const { rows, tickets, dry_run: isDry } = report;
  const whenNotZero: [string, number][] = [
    ['rows already stored', rows.already_there],
    [isDry ? 'titles to change' : 'titles changed', report.titles_changed],
    ['titles kept, changed by other clients', report.titles_kept],
    ['times truncated to milliseconds', report.times_shortened],
    ['rows not processed', rows.left],
  ];
  return [
    ['rows read', rows.read],
    [isDry ? 'tickets to create' : 'tickets created', tickets.created],
    [isDry ? 'tickets to continue' : 'tickets continued', tickets.continued],
    ['tickets unchanged', tickets.unchanged],
    ['tickets quarantined', tickets.quarantined],
    [isDry ? 'transitions to write' : 'transitions written', report.moves_written],
    ['rows repeating a state', rows.repeating],
    ['rows quarantined', rows.quarantined],
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
