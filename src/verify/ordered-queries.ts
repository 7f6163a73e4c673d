import type { Column, OrderedQuery } from '../database/snapshot';
import type { EventRow, MoveRow, TicketRow } from '../audit/ticket-record';

/** Milliseconds since 1970. Cheaper than a time, and it knows `infinity`. */
const TIME = (column: string): string => `date_part('epoch', ${column}) * 1000`;

/** What makes up a text that `trim()` leaves nothing of; PostgreSQL's own idea of blanks depends on the locale. */
export const BLANKS =
  '\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff';

/** Facts are read, not texts: a reason that is not blank, and artifacts that hold something. */
const IS_REASON = `coalesce(btrim(transition_reason, '${BLANKS}') <> '', false)`;
const IS_FILLED = `coalesce(artifacts <> '{}', false)`;

export const TICKETS: OrderedQuery<TicketRow> = {
  text: `
    SELECT id, graph_id, initial_phase_id, phase_id, previous_phase_id, resume_phase_id, transition_count, version,
           ${['created_at', 'phase_entered_at', 'updated_at', 'archived_at'].map(TIME).join(', ')}
      FROM tickets ORDER BY id`,
  page: 2_000,
  toRow: (columns) => ({
    id: columns[0] as string,
    graphId: columns[1] as number,
    initialPhase: columns[2] as string,
    phase: columns[3] as string,
    previousPhase: columns[4] as string | null,
    resumePhase: columns[5] as string | null,
    transitionCount: columns[6] as number,
    version: columns[7] as number,
    createdAt: timeOf(columns[8]),
    phaseEnteredAt: timeOf(columns[9]),
    updatedAt: timeOf(columns[10]),
    archivedAt: columns[11] === null ? null : timeOf(columns[11]),
  }),
};

export const MOVES: OrderedQuery<MoveRow> = {
  text: `
    SELECT ticket_id, sequence, from_phase, to_phase, kind, graph_id, ${IS_REASON}, ${IS_FILLED}, version,
           ${TIME('created_at')}
      FROM phase_history ORDER BY ticket_id, sequence`,
  page: 10_000,
  toRow: (columns) => ({
    ticketId: columns[0] as string,
    sequence: columns[1] as number,
    from: columns[2] as string,
    to: columns[3] as string,
    kind: columns[4] as string,
    graphId: columns[5] as number,
    provided: { reason: columns[6] as boolean, artifacts: columns[7] as boolean },
    version: columns[8] as number,
    at: timeOf(columns[9]),
  }),
};

export const EVENTS: OrderedQuery<EventRow> = {
  text: `
    SELECT ticket_id, version, type, sequence, ${TIME('at')}, changes IS NOT NULL, changes->'workflow_version'
      FROM ticket_events ORDER BY ticket_id, version`,
  page: 10_000,
  toRow: (columns) => ({
    ticketId: columns[0] as string,
    version: columns[1] as number,
    type: columns[2] as string,
    sequence: columns[3] as number | null,
    at: timeOf(columns[4]),
    recorded: columns[5] as boolean,
    workflowVersion: typeof columns[6] === 'number' ? columns[6] : null,
  }),
};

/** PostgreSQL counts in seconds with fractions that a binary number only comes close to. */
function timeOf(milliseconds: Column | undefined): number {
  return Math.round(milliseconds as number);
}
