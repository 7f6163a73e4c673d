import type { ActorKind } from '../access/caller';
import type { Receipt } from '../idempotency/receipt';
import type { Precondition } from '../tickets/precondition';
import type { Ticket } from '../tickets/ticket.entity';
import type { PhaseHistory } from './phase-history.entity';

/** One request to move one ticket. */
export interface MoveRequest {
  readonly ticketId: string;
  readonly toPhase: string;
  readonly reason: string | null;
  /** Whom the history names. */
  readonly transitionedBy: string;
  /** Who did it, whomever the history names. */
  readonly actor: string;
  readonly actorKind: ActorKind;
  readonly artifacts: Readonly<Record<string, unknown>> | null;
  /** The only project that whoever asks sees; null: all. */
  readonly projectId: string | null;
  readonly precondition: Precondition | null;
  /** Present where the request has an Idempotency-Key of its own. */
  readonly receipt?: Receipt<CommittedMove>;
}

/** A move that is committed: the ticket as it left it, and the history row that it wrote. */
export interface CommittedMove {
  readonly ticket: Ticket;
  readonly transition: PhaseHistory;
  /** Who did it. */
  readonly actor: string;
}
