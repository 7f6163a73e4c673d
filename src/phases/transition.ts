import type { ActorKind } from '../access/caller';
import type { ResponseRecorder } from '../idempotency/command-runner';
import type { Precondition } from '../tickets/precondition';
import type { Ticket } from '../tickets/ticket.entity';
import type { PhaseHistory } from './phase-history.entity';

/** A request to move one ticket. */
export interface TransitionRequest {
  readonly ticketId: string;
  readonly toPhase: string;
  readonly reason: string | null;
  /** The name that the history shows. */
  readonly transitionedBy: string;
  /** The caller's own name, which events show. */
  readonly actor: string;
  readonly actorKind: ActorKind;
  readonly artifacts: Readonly<Record<string, unknown>> | null;
  /** The only project that the caller sees; null: all of them. */
  readonly projectId: string | null;
  readonly precondition: Precondition | null;
  /** Present when the request has an `Idempotency-Key` of its own. */
  readonly recorder?: ResponseRecorder<CommittedTransition>;
}

/** A committed transition: the ticket as the transition left it, and its history row. */
export interface CommittedTransition {
  readonly kind: 'moved';
  readonly ticket: Ticket;
  readonly transition: PhaseHistory;
  /** The caller's own name, which events show. */
  readonly actor: string;
}

/** The result of judging a request: a transition, a rejection (`DomainError`) or a failure (any other error). */
export type TransitionDecision = CommittedTransition | Error;

/** A request and its decision. */
export interface DecidedTransition<Decision = TransitionDecision> {
  readonly request: TransitionRequest;
  readonly decision: Decision;
}
