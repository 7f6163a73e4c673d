import { uuidv7 } from '../../database/uuid';
import type { PhaseState } from '../../machine/migration';
import type { Ticket } from '../../tickets/ticket.entity';

/** A ticket as it has gone over. */
export interface MigratedTicket {
  readonly ticket: Ticket;
  /** When. */
  readonly at: Date;
  /** The id of the history row; null where the phase has stayed the same: the ticket has changed, and not moved. */
  readonly rowId: string | null;
}

/**
 * Takes a ticket over to another version. Pure but for the id of the row.
 *
 * @param now the database's clock after the ticket was locked
 */
export function goOver(
  ticket: Ticket,
  toGraphId: number,
  { phase, resumePhase }: PhaseState,
  now: Date,
): MigratedTicket {
  const changed = { ...ticket, graphId: toGraphId, resumePhaseId: resumePhase, version: ticket.version + 1 };
  if (phase === ticket.phaseId) {
    const at = later(now, ticket.updatedAt);
    return { ticket: { ...changed, updatedAt: at }, at, rowId: null };
  }
  const at = later(now, ticket.phaseEnteredAt);
  const moved = {
    ...changed,
    phaseId: phase,
    previousPhaseId: ticket.phaseId,
    phaseEnteredAt: at,
    transitionCount: ticket.transitionCount + 1,
    updatedAt: later(at, ticket.updatedAt),
  };
  return { ticket: moved, at, rowId: uuidv7() };
}

/** Times never fall within a ticket, whatever clocks do. */
function later(one: Date, other: Date): Date {
  return one > other ? one : other;
}
