import type { ImportCounts, Tally } from './tally';

/** What an import did, or a dry run found; `--json` prints exactly this. */
export interface ImportReport extends ImportCounts {
  readonly file: string;
  readonly source: string;
  /** Key of the project. */
  readonly project: string;
  readonly workflow: {
    readonly key: string;
    /** Null in a dry run: the definition is not stored. */
    readonly version: number | null;
    /** This import has stored it, or a dry run would. */
    readonly is_new: boolean;
  };
  readonly dry_run: boolean;
  /** False when it was interrupted. */
  readonly complete: boolean;
  /** Null: nothing was written. */
  readonly quarantine_file: string | null;
  /** From the first row to the last. */
  readonly seconds: number;
  /** Rows of the file. */
  readonly rows_per_second: number;
}

/** What is known before an import starts, and what its counts do not say. */
export type ImportFacts = Omit<ImportReport, keyof ImportCounts | 'complete' | 'rows_per_second'>;

export function reportOf(facts: ImportFacts, tally: Tally): ImportReport {
  const { quarantine_file, seconds, ...known } = facts;
  const counts = tally.counts();
  const { read, left } = counts.rows;
  return {
    ...known,
    complete: left === 0,
    ...counts,
    quarantine_file,
    seconds: Math.round(seconds * 1_000) / 1_000,
    rows_per_second: seconds > 0 ? Math.round((read - left) / seconds) : 0,
  };
}
