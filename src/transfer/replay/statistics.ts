import type { SkipReason } from './planner';
import type { ReplayReport } from './report';

/** Counts the results of a replay. */
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

  /** @param phase the phase in which the ticket was to be created */
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

  /** @param seconds the duration of the run */
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

/** Rounds to thousandths. Returns 0 for the rate of a run that took no time. */
function round(value: number): number {
  return Number.isFinite(value) ? Math.round(value * 1000) / 1000 : 0;
}
