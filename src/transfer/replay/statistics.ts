import type { SkipReason } from './planner';

/** A kind of move and how often it happened. */
export interface MoveCount {
  readonly from: string;
  readonly to: string;
  readonly count: number;
}

export interface RefusedMoveCount extends MoveCount {
  readonly code: string;
}

/**
 * What a replay did; `--json` prints exactly this.
 *
 * Every row has one fate: `rows.read = rows.bad + rows.not_sent + tickets - tickets_blocked_first + refused_creations +
 * moves.accepted + moves.refused + moves.skipped_* + errors`, unless a ticket that was blocked first could not be moved after its
 * creation. Everything but `retries` and the last three depends on log and workflow alone.
 */
export interface ReplayReport {
  /** Tickets created. */
  readonly tickets: number;
  /** Those of them that the log shows blocked first: created in BACKLOG, then moved, which counts as a move. */
  readonly tickets_blocked_first: number;
  /** Tickets that may not begin where the log has them begin. Nothing more was sent of them. */
  readonly refused_creations: number;
  /** By the phase in which they were to begin. */
  readonly refused_creations_by_phase: Readonly<Record<string, number>>;
  readonly moves: {
    readonly accepted: number;
    readonly refused: number;
    /** Rows whose state maps to the phase in which the ticket was already. */
    readonly skipped_same_phase: number;
    /** Rows that repeat the state before them, so that nothing changed. */
    readonly skipped_same_state: number;
    /** Rows whose state has no phase. */
    readonly skipped_unmapped: number;
  };
  readonly refused_by_code: Readonly<Record<string, number>>;
  /** Most frequent first, then by name; so is the next. */
  readonly refused_by_move: readonly RefusedMoveCount[];
  readonly accepted_by_move: readonly MoveCount[];
  readonly rows: {
    /** Rows of the log without its header, bad ones included. */
    readonly read: number;
    readonly bad: number;
    /** Rows that are not in the log, as the numbers in `seq` show. */
    readonly missing: number;
    /** Good rows that were given up: their ticket was refused or had an error before, or the run ended early. */
    readonly not_sent: number;
  };
  /** Commands with an answer that is neither a yes nor a no. */
  readonly errors: number;
  readonly errors_by_code: Readonly<Record<string, number>>;
  /** Commands that were sent again since the server was busy. */
  readonly retries: number;
  /** False when the log was not read to its end. */
  readonly complete: boolean;
  /** From the first row to the last answer. */
  readonly seconds: number;
  /** Accepted moves a second. */
  readonly moves_per_second: number;
  /** Tickets created, moves accepted and moves refused a second. */
  readonly requests_per_second: number;
}

/** Counts what happens during a replay. */
export class ReplayStatistics {
  tickets = 0;
  ticketsBlockedFirst = 0;
  accepted = 0;
  refused = 0;
  refusedCreations = 0;
  errors = 0;
  readonly rows = { read: 0, bad: 0, missing: 0, not_sent: 0 };
  private readonly skips = { skipped_same_phase: 0, skipped_same_state: 0, skipped_unmapped: 0 };
  private readonly refusedInitialPhases = new Map<string, number>();
  private readonly acceptedMoves = new Map<string, number>();
  private readonly refusedMoves = new Map<string, number>();
  private readonly refusalCodes = new Map<string, number>();
  private readonly errorCodes = new Map<string, number>();

  countSkip(because: SkipReason): void {
    this.skips[`skipped_${because}`]++;
  }

  /** @param phase where the ticket was to begin */
  countRefusedCreation(phase: string): void {
    this.refusedCreations++;
    add(this.refusedInitialPhases, phase);
  }

  countAccepted(from: string, to: string): void {
    this.accepted++;
    add(this.acceptedMoves, keyOf(from, to));
  }

  countRefused(from: string, to: string, code: string): void {
    this.refused++;
    add(this.refusedMoves, keyOf(from, to, code));
    add(this.refusalCodes, code);
  }

  countError(code: string): void {
    this.errors++;
    add(this.errorCodes, code);
  }

  /** @param seconds how long the run took */
  report(seconds: number, retries: number, complete: boolean): ReplayReport {
    const { tickets, accepted, refused, errors } = this;
    return {
      tickets,
      tickets_blocked_first: this.ticketsBlockedFirst,
      refused_creations: this.refusedCreations,
      refused_creations_by_phase: toSortedObject(this.refusedInitialPhases),
      moves: { accepted, refused, ...this.skips },
      refused_by_code: toSortedObject(this.refusalCodes),
      refused_by_move: toSortedMoves(this.refusedMoves).map(([[from, to, code], count]) => ({ from, to, code, count })),
      accepted_by_move: toSortedMoves(this.acceptedMoves).map(([[from, to], count]) => ({ from, to, count })),
      rows: { ...this.rows },
      errors,
      errors_by_code: toSortedObject(this.errorCodes),
      retries,
      complete,
      seconds: round(seconds),
      moves_per_second: round(accepted / seconds),
      requests_per_second: round((tickets + accepted + refused) / seconds),
    };
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function keyOf(...names: string[]): string {
  return JSON.stringify(names);
}

function toSortedMoves(counts: Map<string, number>): [[string, string, string], number][] {
  return sorted(counts).map(([key, count]) => [JSON.parse(key) as [string, string, string], count]);
}

function toSortedObject(counts: Map<string, number>): Record<string, number> {
  return Object.fromEntries(sorted(counts));
}

function sorted(counts: Map<string, number>): [string, number][] {
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}

/** To thousandths; 0 for the rate of a run that took no time. */
function round(value: number): number {
  return Number.isFinite(value) ? Math.round(value * 1000) / 1000 : 0;
}
