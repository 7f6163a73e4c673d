import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { ANONYMOUS, type Caller } from '../access/caller';
import type { Reader } from '../database/reader';
import {
  decodeCursor,
  isCount,
  pageOf,
  withinBytes,
  type Page,
  type PageOrder,
  type PageRequest,
} from '../database/keyset-page';
import { MAX_INTEGER } from '../database/storable';
import { BUDGETS } from '../http/server/limits';
import type { KeyOutcome } from '../idempotency/idempotency-record.statements';
import { transitionOptions, type TransitionOption } from '../machine/judge';
import { PHASE_TRANSITIONS, type Phase } from '../machine/phase';
import { TicketService } from '../tickets/ticket.service';
import type { Ticket } from '../tickets/ticket.entity';
import { WorkflowService } from '../workflows/workflow.service';
import type { TransitionBatch } from './commit/participant';
import { TransitionCommitter } from './commit/transition-committer';
import { TransitionMetrics } from './commit/transition-metrics';
import { stateOf } from './commit/transition-plan';
import { PhaseHistory } from './phase-history.entity';
import { RejectionExplainer } from './rejection-explainer';
import type { CommittedTransition, DecidedTransition, TransitionRequest } from './transition';

/** The phases of tickets: the only way to change them, their history and their allowed transitions. */
@Injectable()
export class PhaseService {
  constructor(
    private readonly committer: TransitionCommitter,
    private readonly metrics: TransitionMetrics,
    private readonly tickets: TicketService,
    private readonly explainer: RejectionExplainer,
    private readonly workflows: WorkflowService,
    @InjectRepository(PhaseHistory) private readonly history: Repository<PhaseHistory>,
  ) {}

  /** Returns true when the built-in workflow has this edge. Ignores the rules for single tickets. False for unknown phases. */
  canTransition(from: string, to: string): boolean {
    return this.getValidTransitions(from).some((phase) => phase === to);
  }

  /** Returns the targets of a phase in the built-in workflow. Ignores the rules for single tickets. Empty for unknown phases. */
  getValidTransitions(phase: string): readonly Phase[] {
    return Object.hasOwn(PHASE_TRANSITIONS, phase) ? PHASE_TRANSITIONS[phase as Phase] : [];
  }

  /**
   * Moves a ticket and writes its history row in one transaction. Resolves after the commit.
   *
   * @param toPhase any text; one that is not a legal target is rejected as an illegal transition
   * @param reason up to 10,000 characters, or null
   * @param transitionedBy the name for the history, 1 to 255 characters
   * @param artifacts a JSON object for the history row, or null
   * @throws DomainError `ticket_not_found`, `ticket_archived`, `illegal_transition`, `guard_failed`, `busy`,
   *   `outcome_unknown`
   */
  async transitionTicket(
    ticketId: string,
    toPhase: string,
    reason: string | null = null,
    transitionedBy = 'system',
    artifacts: Record<string, unknown> | null = null,
  ): Promise<CommittedTransition> {
    const actor = { transitionedBy, actor: transitionedBy, actorKind: ANONYMOUS.actorKind };
    return this.move({ ticketId, toPhase, reason, artifacts, ...actor, projectId: null, precondition: null });
  }

  /**
   * Makes a transition. Resolves after the commit.
   *
   * @returns the transition, or the outcome of its idempotency key
   * @throws DomainError as `transitionTicket`, and `precondition_failed`, `version_conflict`, `idempotency_key_reused`
   */
  move(request: TransitionRequest & { recorder?: undefined }): Promise<CommittedTransition>;
  move(request: TransitionRequest): Promise<CommittedTransition | KeyOutcome>;
  async move(request: TransitionRequest): Promise<CommittedTransition | KeyOutcome> {
    try {
      return await this.attempt(request);
    } catch (error) {
      throw await this.explainer.explain(error);
    }
  }

  /**
   * Makes independent transitions. Those of one ticket are made in their order.
   *
   * @param requests without idempotency keys
   * @returns one decision for each request, not yet explained
   */
  moveEach(requests: readonly TransitionRequest[]): Promise<DecidedTransition[]> {
    const decide = (request: TransitionRequest): Promise<DecidedTransition> =>
      this.attempt(request).then(
        (decision) => ({ request, decision: decision as CommittedTransition }),
        (decision: Error) => ({ request, decision }),
      );
    return Promise.all(requests.map(decide));
  }

  /**
   * Makes transitions in one transaction. Those of one ticket are made in their order.
   *
   * @param atomic true: one rejection withdraws all transitions
   * @returns one decision for each request, not yet explained; when atomic and any of them is a rejection, nothing was
   *   changed. Or the outcome of the idempotency key
   * @throws DomainError `busy`, `outcome_unknown`, `idempotency_key_reused`
   */
  async moveTogether(batch: TransitionBatch, atomic: boolean): Promise<readonly DecidedTransition[] | KeyOutcome> {
    try {
      const decided = await this.committer.commitBulk(batch, atomic);
      if ('kind' in decided) return decided;
      const isWritten = !atomic || !decided.some(({ decision }) => decision instanceof Error);
      for (const { request, decision } of decided) {
        if (decision instanceof Error) this.countRejected(decision, request);
        else if (isWritten) this.metrics.countCommitted(decision);
        else this.metrics.countWithdrawn(decision);
      }
      return decided;
    } catch (error) {
      for (const request of batch.requests) this.countRejected(error, request);
      throw error;
    }
  }

  /**
   * Adds explanations to the rejections of a request.
   *
   * @param reader reads in the transaction that stores the response
   */
  explainAll(decided: readonly DecidedTransition[], reader?: Reader): Promise<DecidedTransition[]> {
    return this.explainer.explainAll(decided, reader);
  }

  /**
   * Returns the history of a ticket by sequence, oldest first. Empty before its first transition.
   *
   * @throws DomainError `ticket_not_found`
   */
  async getPhaseHistory(ticketId: string): Promise<PhaseHistory[]> {
    const rows = await this.history.find({ where: { ticketId }, order: { sequence: 'ASC' } });
    if (rows.length === 0) await this.tickets.getTicket(ticketId);
    return rows;
  }

  /**
   * Returns a page of the history of a ticket.
   *
   * @throws DomainError `ticket_not_found`
   */
  async listPhaseHistory(
    ticketId: string,
    order: PageOrder,
    page: PageRequest,
    caller: Caller = ANONYMOUS,
  ): Promise<Page<PhaseHistory>> {
    if (caller.projectId !== null) await this.tickets.getTicket(ticketId, caller);
    const [beyond, first] = order === 'asc' ? ['>', 0] : ['<', MAX_INTEGER];
    const [after = first] = page.cursor === undefined ? [] : decodeCursor(page.cursor, order, [isCount]);
    const columns = this.history.metadata.columns.map((column) => `${column.databaseName} AS "${column.propertyName}"`);
    const text = withinBytes({
      rows: `SELECT ${columns.join(', ')} FROM phase_history
              WHERE ticket_id = $1 AND sequence ${beyond} $2 ORDER BY sequence ${order} LIMIT $3`,
      order: `sequence ${order}`,
      size: `coalesce(octet_length("transitionReason"), 0) + coalesce(octet_length(artifacts::text), 0)`,
      bytes: BUDGETS.page,
    });
    const rows = await this.history.query<PhaseHistory[]>(text, [ticketId, after, page.limit + 1]);
    if (rows.length === 0) await this.tickets.getTicket(ticketId);
    return pageOf(rows, page.limit, order, ({ sequence }) => [sequence]);
  }

  /**
   * Returns every edge from the current phase with its blockers.
   *
   * @throws DomainError `ticket_not_found`
   */
  async getTransitionOptions(
    ticketId: string,
    caller: Caller = ANONYMOUS,
  ): Promise<{ ticket: Ticket; options: TransitionOption[] }> {
    const ticket = await this.tickets.getTicket(ticketId, caller);
    await this.workflows.know([ticket.graphId]);
    return { ticket, options: transitionOptions(this.workflows.graphOf(ticket.graphId), stateOf(ticket)) };
  }

  private attempt(request: TransitionRequest): Promise<CommittedTransition | KeyOutcome> {
    return this.committer.commit(request).then(
      (outcome) => {
        if (outcome.kind === 'moved') this.metrics.countCommitted(outcome);
        return outcome;
      },
      (error: unknown) => {
        this.countRejected(error, request);
        throw error;
      },
    );
  }

  private countRejected(error: unknown, request: TransitionRequest): void {
    this.metrics.countRejected(error, request);
  }
}
