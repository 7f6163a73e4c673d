import type { MetRequirements } from '../machine/judge';

/** Milliseconds since 1970. PostgreSQL's `infinity` is Infinity. */
type Time = number;

/** The fields of a ticket that can be edited: their values, or digests of them. */
export interface EditableFields {
  readonly title: string;
  readonly description: string | null;
  readonly priority: string;
}

/** The columns of a row of `tickets` that other rows determine. */
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
  readonly fields: EditableFields;
}

/** A row of `phase_history`. */
export interface HistoryRow {
  readonly ticketId: string;
  readonly sequence: number;
  readonly from: string;
  readonly to: string;
  /** `transition`, or `migration` to another workflow version. */
  readonly kind: string;
  /** The workflow version that the transition was made under, or the plan of the migration. */
  readonly graphId: number;
  readonly met: MetRequirements;
  readonly version: number;
  readonly at: Time;
}

/** A row of `ticket_events`. */
export interface EventRow {
  readonly ticketId: string;
  readonly version: number;
  readonly type: string;
  /** The history row of a `moved` event, or of a `migrated` event that changed the phase. */
  readonly sequence: number | null;
  /** The workflow version that a `migrated` event names. */
  readonly workflowVersion: number | null;
  readonly at: Time;
  /** True if an `edited` event records the changes. Events of changes that predate the events table do not. */
  readonly recorded: boolean;
  /** The new values of the fields that an `edited` event records; of the same kind as `TicketRow.fields`. */
  readonly edits: Partial<EditableFields>;
}

/** A ticket with its history and events. */
export interface TicketRecord {
  readonly ticket: TicketRow;
  /** Ordered by sequence. */
  readonly moves: readonly HistoryRow[];
  /** Ordered by version. */
  readonly events: readonly EventRow[];
}

/**
 * The tolerance between two times that one statement reads from the clock, in milliseconds: column defaults of a row that is
 * inserted by hand, and archiving. A busy machine can pause between the two.
 */
export const SAME_STATEMENT = 1_000;

export function isSameTime(one: Time, other: Time, tolerance = SAME_STATEMENT): boolean {
  return one === other || Math.abs(one - other) <= tolerance;
}

export function formatTime(time: Time): string {
  return Number.isFinite(time) && Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : String(time);
}
