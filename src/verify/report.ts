import type { Finding, FindingCode } from '../audit/finding';

/** Findings that a report holds at most; more are counted. */
export const KEPT_FINDINGS = 100_000;

/** How far an audit is. */
export interface VerifyProgress {
  readonly tickets: number;
  readonly ofTickets: number;
  readonly moves: number;
  readonly events: number;
  readonly findings: number;
}

/** What an audit saw. Its names are those of the JSON that programs read. */
export interface VerifyReport {
  /** Whether nothing was found. */
  readonly sound: boolean;
  readonly tickets: number;
  readonly moves: number;
  readonly events: number;
  readonly findings_total: number;
  readonly findings_by_code: Readonly<Partial<Record<FindingCode, number>>>;
  readonly findings: readonly Finding[];
  /** Findings that were counted and not kept. */
  readonly findings_left_out: number;
  readonly notes: VerifyNotes;
  readonly round_trips: number;
  readonly seconds: number;
}

/** What is worth knowing and nothing wrong. */
export interface VerifyNotes {
  /** Notes of the database's defence about transactions that ended without settling them. Null: it could not be asked. */
  readonly unsettled_moves: number | null;
  /** Graphs whose moves were held against their edges alone, since this program does not know their workflows. */
  readonly graphs_without_rules: readonly string[];
}

/** Counts what an audit sees. */
export class Counts {
  tickets = 0;
  moves = 0;
  events = 0;
  findings = 0;
  readonly kept: Finding[] = [];
  private readonly byCode = new Map<FindingCode, number>();

  add(findings: readonly Finding[]): void {
    for (const finding of findings) {
      this.findings++;
      this.byCode.set(finding.code, (this.byCode.get(finding.code) ?? 0) + 1);
      if (this.kept.length < KEPT_FINDINGS) this.kept.push(finding);
    }
  }

  /** By frequency, then by name. */
  codes(): VerifyReport['findings_by_code'] {
    return Object.fromEntries([...this.byCode].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
  }
}
