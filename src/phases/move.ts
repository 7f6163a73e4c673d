import type { ActorKind } from '../auth/caller';
import type { Ticket } from '../tickets/ticket.entity';
import type { PhaseHistory } from './phase-history.entity';

/** One request to move one ticket. */
export interface MoveRequest {
  readonly ticketId: string;
  readonly toPhase: string;
  readonly reason: string | null;
  readonly transitionedBy: string;
  readonly actorKind: ActorKind;
  readonly artifacts: Readonly<Record<string, unknown>> | null;
}

/** A move that is committed: the ticket as it left it, and the history row that it wrote. */
export interface CommittedMove {
  readonly ticket: Ticket;
  readonly transition: PhaseHistory;
}
