import type { ImportCounts, Tally } from './tally';

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

export function reportOf(facts: ImportFacts, tally: Tally, isInterrupted: boolean): ImportReport {
  const { quarantine_file, seconds, cut_off, ...known } = facts;
  const counts = tally.counts();
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
