import { FINDINGS, type Finding, type FindingCode } from '../audit/finding';
import { formatTable, type Row } from '../terminal/table';

/** The maximum number of findings in a report. Further findings are counted only. */
export const KEPT_FINDINGS = 100_000;

/** The progress of an audit. */
export interface VerifyProgress {
  readonly tickets: number;
  readonly ofTickets: number;
  readonly moves: number;
  readonly events: number;
  readonly findings: number;
}

/** The result of an audit, and the JSON that `--json` prints. */
export interface VerifyReport {
  /** True if there are no findings. */
  readonly sound: boolean;
  readonly tickets: number;
  readonly moves: number;
  readonly events: number;
  readonly findings_total: number;
  readonly findings_by_code: Readonly<Partial<Record<FindingCode, number>>>;
  readonly findings: readonly Finding[];
  /** The number of findings that were counted only. */
  readonly findings_left_out: number;
  readonly notes: VerifyNotes;
  readonly round_trips: number;
  readonly seconds: number;
}

/** Observations that are not errors. */
export interface VerifyNotes {
  /** Pending checks of the integrity constraints that ended transactions left behind. Null on a standby. */
  readonly unsettled_moves: number | null;
  /** Workflow versions without a definition, whose transitions were checked against their edges only. */
  readonly graphs_without_rules: readonly string[];
}

/** Counts the rows and findings of an audit. */
export class AuditCounts {
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

  /** Returns the number of findings of each code, ordered by frequency, then by code. */
  codes(): VerifyReport['findings_by_code'] {
    return Object.fromEntries([...this.byCode].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
  }
}

/**
 * Formats a report as plain text in aligned columns.
 *
 * @param listed the number of findings to list
 */
export function formatVerifyReport(report: VerifyReport, listed: number): string {
  const parts = [formatTable(summaryRows(report))];
  const codes = Object.entries(report.findings_by_code).map(([code, count]): Row => {
    return [code, FINDINGS[code as keyof typeof FINDINGS], count];
  });
  if (codes.length > 0) parts.push('Findings by code', formatTable(codes));
  const first = report.findings.slice(0, listed);
  if (first.length > 0) {
    parts.push(first.length < report.findings_total ? `The first ${first.length} findings` : 'Findings');
    parts.push(formatTable(first.map(({ code, ticket_id, detail }) => [ticket_id ?? 'database', code, detail])));
  }
  if (report.sound) parts.push('No findings: every ticket agrees with its history, its events and its workflow.');
  return `${parts.join('\n\n')}\n`;
}

function summaryRows({ tickets, moves, events, findings_total, notes, round_trips, seconds }: VerifyReport): Row[] {
  const edgesOnly = notes.graphs_without_rules.map((name): Row => [`graph "${name}", checked by its edges only`, 1]);
  const pending: Row[] = notes.unsettled_moves ? [['pending checks (not an error)', notes.unsettled_moves]] : [];
  return [
    ['tickets', tickets],
    ['transitions', moves],
    ['events', events],
    ...pending,
    ...edgesOnly,
    ['round trips', round_trips],
    ['seconds', seconds],
    ['findings', findings_total],
  ];
}
