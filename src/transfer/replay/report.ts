import { formatTable, type Row } from '../../terminal/table';

/** A transition and how often it occurred. */
interface MoveCount {
  readonly from: string;
  readonly to: string;
  readonly count: number;
}

interface RefusedMoveCount extends MoveCount {
  readonly code: string;
}

/**
 * The result of a replay; `--json` prints exactly this object.
 *
 * Every row is counted once: `rows.read = rows.bad + rows.not_sent + tickets - tickets_blocked_first +
 * refused_creations + moves.accepted + moves.refused + moves.skipped_* + errors`, unless a ticket that was blocked
 * first could not be moved after its creation. All fields except `retries` and the last three depend only on the log
 * and the workflow.
 */
export interface ReplayReport {
  /** Tickets created. */
  readonly tickets: number;
  /** Tickets whose first phase is BLOCKED. They are created in BACKLOG, then moved, which counts as a transition. */
  readonly tickets_blocked_first: number;
  /** Tickets that the server refused to create in their first phase. Their remaining rows are not sent. */
  readonly refused_creations: number;
  /** By the first phase of the ticket. */
  readonly refused_creations_by_phase: Readonly<Record<string, number>>;
  readonly moves: {
    readonly accepted: number;
    readonly refused: number;
    /** Rows whose state maps to the current phase of the ticket. */
    readonly skipped_same_phase: number;
    /** Rows that repeat the previous state. */
    readonly skipped_same_state: number;
    /** Rows whose state is unmapped. */
    readonly skipped_unmapped: number;
  };
  readonly refused_by_code: Readonly<Record<string, number>>;
  /** Most frequent first, then by name; the same for `accepted_by_move`. */
  readonly refused_by_move: readonly RefusedMoveCount[];
  readonly accepted_by_move: readonly MoveCount[];
  readonly rows: {
    /** Rows of the log without its header, including bad rows. */
    readonly read: number;
    readonly bad: number;
    /** Rows absent from the log, as shown by the gaps in `seq`. */
    readonly missing: number;
    /** Valid rows that were not sent, because their ticket was refused or failed before, or the run ended early. */
    readonly not_sent: number;
  };
  /** Commands with an answer that is neither a yes nor a no. */
  readonly errors: number;
  readonly errors_by_code: Readonly<Record<string, number>>;
  /** Commands that were sent again since the server was busy. */
  readonly retries: number;
  /** False when the log was not read to its end. */
  readonly complete: boolean;
  /** From the first row to the last response. */
  readonly seconds: number;
  /** Accepted transitions per second. */
  readonly moves_per_second: number;
  /** Tickets created, transitions accepted and transitions refused per second. */
  readonly requests_per_second: number;
}

const REFUSED_CREATIONS = 'Creations refused, by first phase (not initial in the workflow)';

/** Formats the report as aligned plain text without colours. */
export function formatReplayReport(report: ReplayReport): string {
  const parts = [formatTable(summaryRows(report))];
  const refusals = Object.entries(report.refused_by_code);
  if (refusals.length > 0) parts.push('Refused, by code', formatTable(refusals));
  const creations = Object.entries(report.refused_creations_by_phase);
  if (creations.length > 0) parts.push(REFUSED_CREATIONS, formatTable(creations));
  const errors = Object.entries(report.errors_by_code);
  if (errors.length > 0) parts.push('Errors, by code', formatTable(errors));
  const moves = moveRows(report);
  if (moves.length > 0) parts.push('Transitions', formatTable([['from', '', 'to', 'accepted', 'refused'], ...moves]));
  return `${parts.join('\n\n')}\n`;
}

function summaryRows({ tickets, tickets_blocked_first, moves, rows, ...report }: ReplayReport): Row[] {
  const whenNotZero: [string, number][] = [
    ['skipped, state did not change', moves.skipped_same_state],
    ['tickets created in BACKLOG, then blocked', tickets_blocked_first],
    ['creations refused', report.refused_creations],
    ['bad rows', rows.bad],
    ['rows missing from the log', rows.missing],
    ['rows not sent', rows.not_sent],
    ['errors', report.errors],
    ['requests repeated, server busy', report.retries],
  ];
  return [
    ['rows read', rows.read],
    ['tickets created', tickets],
    ['transitions accepted', moves.accepted],
    ['transitions refused', moves.refused],
    ['skipped, already in that phase', moves.skipped_same_phase],
    ['skipped, unmapped state', moves.skipped_unmapped],
    ...whenNotZero.filter(([, count]) => count > 0),
    ['seconds', report.seconds],
    ['transitions per second', report.moves_per_second],
    ['requests per second', report.requests_per_second],
  ];
}

/** Returns one row per transition, the most frequent first. */
function moveRows({ accepted_by_move, refused_by_move }: ReplayReport): Row[] {
  const moves = new Map<string, [from: string, to: string, accepted: number, refused: number]>();
  for (const { from, to, count, ...rest } of [...accepted_by_move, ...refused_by_move]) {
    const key = JSON.stringify([from, to]);
    const move = moves.get(key) ?? [from, to, 0, 0];
    move['code' in rest ? 3 : 2] += count;
    moves.set(key, move);
  }
  const byCount = [...moves].sort(([a, m], [b, n]) => n[2] + n[3] - m[2] - m[3] || (a < b ? -1 : 1));
  return byCount.map(([, [from, to, accepted, refused]]) => [from, '→', to, accepted, refused]);
}
