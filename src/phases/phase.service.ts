import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, MoreThan, type Repository } from 'typeorm';
import { ANONYMOUS, type Caller } from '../access/caller';
import type { Reader } from '../database/reader';
import { decodeCursor, isCount, pageOf, type Page, type PageOrder, type PageRequest } from '../database/keyset-page';
import { AnsweredBefore, KeyInUse } from '../idempotency/key-statements';
import { transitionOptions, type TransitionOption } from '../machine/judge';
import { PHASE_TRANSITIONS, type Phase } from '../machine/phase';
import { TicketService } from '../tickets/ticket.service';
import type { Ticket } from '../tickets/ticket.entity';
import { WorkflowService } from '../workflows/workflow.service';
import type { CommittedMove, MoveRequest } from './move';
import type { Together } from './commit/move-batch';
import { MoveMetrics } from './commit/move-metrics';
import { stateOf, type Decision } from './commit/move-plan';
import { PhaseHistory } from './phase-history.entity';
import { TicketEventService } from './ticket-event.service';
import { TransitionCommitter } from './commit/transition-committer';

/** Where tickets stand, how they came there, and where they may go. The only way to change a phase. */
@Injectable()
export class PhaseService {
  constructor(
    private readonly committer: TransitionCommitter,
    private readonly metrics: MoveMetrics,
    private readonly tickets: TicketService,
    private readonly events: TicketEventService,
    private readonly workflows: WorkflowService,
    @InjectRepository(PhaseHistory) private readonly history: Repository<PhaseHistory>,
  ) {}

  /** Whether the built-in workflow has this edge. Says nothing of a given ticket. False for unknown phases. */
  canTransition(from: string, to: string): boolean {
    return this.getValidTransitions(from).some((phase) => phase === to);
  }

  /** Where the built-in workflow leads from a phase. Says nothing of a given ticket. Empty for unknown phases. */
  getValidTransitions(phase: string): readonly Phase[] {
    return Object.hasOwn(PHASE_TRANSITIONS, phase) ? PHASE_TRANSITIONS[phase as Phase] : [];
  }

  /**
   * Moves a ticket and records the move, both or neither. Answers after the commit.
   *
   * @param toPhase any text; one that is no legal target is refused like any illegal move
   * @param reason up to 10,000 characters, or null
   * @param transitionedBy who asked, 1 to 255 characters
   * @param artifacts a JSON object that goes with the move, or null
   * @throws DomainError `ticket_not_found`, `ticket_archived`, `illegal_transition`, `guard_failed`, `busy`,
   *   `outcome_unknown`
   */
  async transitionTicket(
    ticketId: string,
    toPhase: string,
    reason: string | null = null,
    transitionedBy = 'system',
    artifacts: Record<string, unknown> | null = null,
  ): Promise<CommittedMove> {
    const { actorKind } = ANONYMOUS;
    const who = { transitionedBy, actor: transitionedBy, actorKind, projectId: null };
    return this.move({ ticketId, toPhase, reason, artifacts, ...who, precondition: null });
  }

  /**
   * Makes a move that knows all its circumstances. Answers after the commit.
   *
   * @throws DomainError as `transitionTicket`, and `precondition_failed`, `version_conflict`
   * @throws AnsweredBefore, KeyInUse, `idempotency_key_reused` for a request with a key
   */
  async move(request: MoveRequest): Promise<CommittedMove> {
    try {
      return await this.attempt(request);
    } catch (error) {
      throw await this.events.explain(error);
    }
  }

  /**
   * Makes many moves, each with an outcome of its own. Those of one ticket are made in their order.
   *
   * @returns one decision a request, not yet explained
   */
  moveEach(requests: readonly MoveRequest[]): Promise<Decision[]> {
    return Promise.all(requests.map((request) => this.attempt(request).catch((error: Error) => error)));
  }

  /**
   * Makes moves in one transaction. Those of one ticket are made in their order.
   *
   * @returns one decision a request, not yet explained; where it is all or nothing and any of them is a refusal, nothing
   *   was changed
   * @throws DomainError `busy`, `outcome_unknown`
   * @throws AnsweredBefore, KeyInUse, `idempotency_key_reused` for a request with a key
   */
  async moveTogether(requests: readonly MoveRequest[], how: Together): Promise<readonly Decision[]> {
    try {
      const decisions = await this.committer.commitTogether(requests, how);
      const written = !how.allOrNothing || decisions.every((decision) => !(decision instanceof Error));
      for (const [i, decision] of decisions.entries()) {
        if (decision instanceof Error) this.countRefused(decision, requests[i]!);
        else if (written) this.metrics.countCommitted(decision);
        else this.metrics.countWithdrawn(decision);
      }
      return decisions;
    } catch (error) {
      for (const request of requests) this.countRefused(error, request);
      throw error;
    }
  }

  /**
   * Refusals that tell what has changed since what their caller knows.
   *
   * @param reader for what is answered within a transaction
   */
  explainAll(decisions: readonly Decision[], reader?: Reader): Promise<Decision[]> {
    return this.events.explainAll(decisions, reader);
  }

  /**
   * The moves of a ticket by sequence, oldest first; empty before its first move.
   *
   * @throws DomainError `ticket_not_found`
   */
  async getPhaseHistory(ticketId: string): Promise<PhaseHistory[]> {
    const rows = await this.history.find({ where: { ticketId }, order: { sequence: 'ASC' } });
    if (rows.length === 0) await this.tickets.getTicket(ticketId);
    return rows;
  }

  /**
   * A page of a ticket's moves.
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
    const beyond = order === 'asc' ? MoreThan : LessThan;
    const [after] = page.cursor === undefined ? [] : decodeCursor(page.cursor, order, [isCount]);
    const rows = await this.history.find({
      where: after === undefined ? { ticketId } : { ticketId, sequence: beyond(Number(after)) },
      order: { sequence: order === 'asc' ? 'ASC' : 'DESC' },
      take: page.limit + 1,
    });
    if (rows.length === 0) await this.tickets.getTicket(ticketId);
    return pageOf(rows, page.limit, order, ({ sequence }) => [sequence]);
  }

  /**
   * Every edge from where the ticket is, judged as a real move would be.
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

  private attempt(request: MoveRequest): Promise<CommittedMove> {
    return this.committer.commit(request).then(
      (move) => {
        this.metrics.countCommitted(move);
        return move;
      },
      (error: unknown) => {
        this.countRefused(error, request);
        throw error;
      },
    );
  }

  /** What was asked for before with the same Idempotency-Key, and is answered or under way, is not asked for again. */
  private countRefused(error: unknown, request: MoveRequest): void {
    if (error instanceof AnsweredBefore || error instanceof KeyInUse) return;
    this.metrics.countRefused(error, request, (name) => this.workflows.isPhase(name));
  }
}
