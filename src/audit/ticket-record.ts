import type { Provided } from '../machine/judge';

/** All times are milliseconds since 1970; PostgreSQL's `infinity` is Infinity. */
export type Time = number;

/** A row of `tickets`, as far as anything else repeats or decides it. */
export interface TicketRow {
  readonly id: string;
  readonly graphId: number;
  readonly initialPhase: string;
  readonly phase: string;
  readonly previousPhase: string | null;
  readonly resumePhase: string | null;
  readonly transitionCount: number;
  readonly version: number;
  readonly createdAt: Time;
  readonly phaseEnteredAt: Time;
  readonly updatedAt: Time;
  readonly archivedAt: Time | null;
}

/** A row of `phase_history`. */
export interface MoveRow {
  readonly ticketId: string;
  readonly sequence: number;
  readonly from: string;
  readonly to: string;
  /** `transition`, or `migration` to another version of the workflow. */
  readonly kind: string;
  /** The version of the workflow that it was made under, or the plan of a migration. */
  readonly graphId: number;
  /** Whether it has a reason, and artifacts, that are more than empty. */
  readonly provided: Provided;
  readonly version: number;
  readonly at: Time;
}

/** A row of `ticket_events`. */
export interface EventRow {
  readonly ticketId: string;
  readonly version: number;
  readonly type: string;
  /** With `moved`, and with `migrated` where that changed the phase: the row of the history. */
  readonly sequence: number | null;
  /** With `migrated`: the version of the workflow that the ticket went to. */
  readonly workflowVersion: number | null;
  readonly at: Time;
  /** With `edited`: whether what changed was recorded. Before there were events it was not, and it may have been anything. */
  readonly recorded: boolean;
}

/** A ticket with all that is known of its past. */
export interface TicketRecord {
  readonly ticket: TicketRow;
  /** By sequence. */
  readonly moves: readonly MoveRow[];
  /** By version. */
  readonly events: readonly EventRow[];
}

/**
 * How far two times may lie apart that a statement took from the clock one after the other, in milliseconds. The defaults
 * of a row written by hand do so, and so does an archiving; a busy machine can stop in between.
 */
export const SAME_STATEMENT = 1_000;

export function isSameTime(one: Time, other: Time, leeway = SAME_STATEMENT): boolean {
  return one === other || Math.abs(one - other) <= leeway;
}

export function formatTime(time: Time): string {
  return Number.isFinite(time) && Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : String(time);
}
