import type { QueryConfig, QueryResult } from 'pg';
import type { Reader } from '../../database/reader';
import type { ResponseRecorder } from '../../idempotency/command-runner';
import type { KeyOutcome } from '../../idempotency/idempotency-record.statements';
import type { TransitionFacts } from '../../machine/guards';
import type { DomainError } from '../../problems/domain-error';
import type { Ticket } from '../../tickets/ticket.entity';
import type { CommittedTransition, DecidedTransition, TransitionDecision, TransitionRequest } from '../transition';

/** The tickets that a transaction has locked. */
export interface LockedTickets {
  readonly tickets: ReadonlyMap<string, Ticket>;
  /** Requested tickets that other transactions have locked, with the project of each. */
  readonly contended: ReadonlyMap<string, string>;
  /** The database's clock, read after the locks. */
  readonly at: Date;
}

/** The outcome of a request whose ticket another transaction has locked. Nothing was judged. */
export interface Contended {
  readonly kind: 'contended';
}

/** The outcome of a request in a batch. */
export type TransitionOutcome = TransitionDecision | KeyOutcome | Contended;

/** The decisions of a transaction and the rows that it writes. */
export interface TransitionPlan {
  /** In the order of the requests. */
  readonly decided: readonly DecidedTransition<TransitionOutcome>[];
  readonly moves: readonly CommittedTransition[];
  /** The tickets that move, each as its last transition leaves it. */
  readonly tickets: readonly Ticket[];
}

/** The requests of one transaction. */
export interface TransitionBatch {
  readonly requests: readonly TransitionRequest[];
  /** Present when one HTTP request with an `Idempotency-Key` brought all of them. */
  readonly recorder?: ResponseRecorder<readonly DecidedTransition[]>;
}

/** The facts that a participant contributes to the decisions of a batch. */
export interface ParticipantFacts {
  /** Decides the whole batch without judging it. */
  readonly batchOutcome?: KeyOutcome | DomainError;
  /** Decides one request without judging it. */
  outcomeOf?(request: TransitionRequest): KeyOutcome | DomainError | undefined;
  /** Returns facts for the guards of an edge, besides those of the request. */
  factsFor?(request: TransitionRequest, ticket: Ticket): Partial<TransitionFacts>;
}

/**
 * A module that takes part in the transaction of transitions. Its reads travel with the locks and its writes with the
 * transitions, so that a batch keeps its two round trips. One instance serves all batches, some of them at the same time:
 * state between the calls belongs into the facts.
 */
export interface Participant {
  /** Returns statements for the first round trip, after the locks of the tickets. */
  read?(batch: TransitionBatch): readonly QueryConfig[];
  /**
   * Returns statements for a third round trip, for locked tickets whose edge asks for facts. The batch takes it only when
   * there are any.
   */
  more?(batch: TransitionBatch, locked: LockedTickets): readonly QueryConfig[];
  /**
   * Turns results into facts. Not called when there were no statements.
   *
   * @param results those of `read`, then those of `more`
   */
  facts?(batch: TransitionBatch, results: readonly QueryResult[]): ParticipantFacts;
  /**
   * Returns statements for the round trip that writes the transitions and commits.
   *
   * @param reader reads in the transaction
   */
  write?(batch: TransitionBatch, plan: TransitionPlan, reader: Reader): Promise<readonly QueryConfig[]>;
  /** Runs after COMMIT and before the responses are sent. Must not throw. */
  committed?(plan: TransitionPlan): void;
}
