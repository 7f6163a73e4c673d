import type { Reader } from '../../database/reader';
import { uuidv7 } from '../../database/storable';
import type { CompiledWorkflow } from '../../machine/compiled-workflow';
import type { TransitionFacts } from '../../machine/guards';
import {
  judge,
  type MetRequirements,
  metRequirements,
  type TicketState,
  unmetSentence,
  type Verdict,
} from '../../machine/judge';
import { DomainError } from '../../problems/domain-error';
import { stalenessOf, StaleTicket } from '../../tickets/precondition';
import { type ChangeDto, toChangeDto } from '../../tickets/ticket-event.dto';
import type { Ticket } from '../../tickets/ticket.entity';
import { ticketNotFound } from '../../tickets/ticket.service';
import { IllegalTransition } from '../illegal-transition';
import type { CommittedTransition, DecidedTransition, TransitionDecision, TransitionRequest } from '../transition';
import type { Contended, LockedTickets, ParticipantFacts, TransitionOutcome, TransitionPlan } from './participant';

/** Provides the compiled workflow versions that tickets are judged under. */
export interface GraphSource {
  /** Loads versions and yields them in groups: `graphOf` returns those of one group until the next is asked for. */
  inGroups(graphIds: Iterable<number>, reader: Reader): AsyncIterable<ReadonlySet<number>>;
  /** @throws DomainError `workflow_unusable` if the version could not be loaded */
  graphOf(graphId: number): CompiledWorkflow;
}

/** The outcome of a request whose ticket is contended. */
export const CONTENDED: Contended = { kind: 'contended' };

/**
 * Decides requests in their order: of two transitions of one ticket, the second is judged on the state that the first
 * leaves. Pure, except for the ids of new rows.
 */
export class TransitionPlanner {
  private readonly moves: CommittedTransition[] = [];
  private readonly moved = new Map<string, Ticket>();
  private readonly decisions: TransitionOutcome[] = [];

  /** @param facts one for each participant that has a part in the batch */
  constructor(
    private readonly requests: readonly TransitionRequest[],
    private readonly locked: LockedTickets,
    private readonly facts: readonly ParticipantFacts[],
    private readonly graphs: Pick<GraphSource, 'graphOf'>,
  ) {}

  /** Decides the requests for tickets of loaded workflow versions, and with `undefined` those whose ticket is not locked. */
  decide(graphIds: ReadonlySet<number | undefined>): void {
    for (const [i, request] of this.requests.entries()) {
      if (graphIds.has(this.locked.tickets.get(request.ticketId)?.graphId)) this.decisions[i] = this.outcomeOf(request);
    }
  }

  /** Returns the plan, once all requests are decided. */
  get plan(): TransitionPlan {
    const decided = this.requests.map((request, i) => ({ request, decision: this.decisions[i]! }));
    return { decided, moves: this.moves, tickets: [...this.moved.values()] };
  }

  private outcomeOf(request: TransitionRequest): TransitionOutcome {
    const { ticketId, projectId, precondition } = request;
    const { tickets, contended, at } = this.locked;
    const lockedIn = contended.get(ticketId);
    if (lockedIn !== undefined && (projectId ?? lockedIn) === lockedIn) return CONTENDED;
    for (const each of this.facts) {
      const outcome = each.outcomeOf?.(request);
      if (outcome !== undefined) return outcome;
    }
    const ticket = this.moved.get(ticketId) ?? tickets.get(ticketId);
    if (ticket === undefined || (projectId ?? ticket.projectId) !== ticket.projectId) return ticketNotFound(ticketId);
    const stale = precondition && stalenessOf(ticket, precondition);
    if (stale) return stale.after(this.moves.filter((move) => move.ticket.id === ticketId).map(changeOf));
    const met = metRequirements(factsOf(request, ticket, this.facts));
    const graph = this.graphOf(ticket.graphId);
    if (graph instanceof DomainError) return graph;
    const decision = decideTransition(graph, ticket, request, met, at);
    if (decision instanceof Error) return decision;
    this.moved.set(ticketId, decision.ticket);
    this.moves.push(decision);
    return decision;
  }

  /** A version that cannot be loaded is the reason to reject its tickets, not the other requests of the batch. */
  private graphOf(graphId: number): CompiledWorkflow | DomainError {
    try {
      return this.graphs.graphOf(graphId);
    } catch (error) {
      if (error instanceof DomainError) return error;
      throw error;
    }
  }
}

/**
 * Returns the decisions of a plan that is not carried out. A rejection that was judged after transitions of the same
 * ticket says so, because those were not made either.
 */
export function withdraw(decided: readonly DecidedTransition[], { tickets }: LockedTickets): DecidedTransition[] {
  const moved = new Map<string, Ticket>();
  return decided.map(({ request, decision }) => {
    const { ticketId } = request;
    if (!(decision instanceof Error)) moved.set(ticketId, decision.ticket);
    const [current, judged] = [tickets.get(ticketId), moved.get(ticketId)];
    if (!(decision instanceof DomainError) || current === undefined || judged === undefined) {
      return { request, decision };
    }
    return { request, decision: withdrawn(decision, current, { phase: judged.phaseId, version: judged.version }) };
  });
}

function withdrawn(
  decision: DomainError,
  current: Ticket,
  judgedAt: { readonly phase: string; readonly version: number },
): DomainError {
  const note = 'Judged after earlier transitions of this request, none of which was made: ';
  if (decision instanceof IllegalTransition) return decision.withdrawn(note, judgedAt);
  const detail = `${note}${decision.message}`;
  if (decision instanceof StaleTicket) return decision.withoutEarlier(current, detail, judgedAt);
  return new DomainError(decision.code, detail, { ...decision.facts, judged_at: judgedAt }, { cause: decision });
}

/** Returns the part of a ticket that the judge reads. */
export function stateOf(ticket: Pick<Ticket, 'phaseId' | 'resumePhaseId' | 'archivedAt'>): TicketState {
  return { phase: ticket.phaseId, resumePhase: ticket.resumePhaseId, archived: ticket.archivedAt !== null };
}

/** Returns the event of a transition as `changes_since` lists it. */
function changeOf({ transition, actor }: CommittedTransition): ChangeDto {
  const { ticketId, version, actorKind, createdAt: at, sequence } = transition;
  return toChangeDto({ ticketId, version, type: 'moved', actor, actorKind, at, sequence, changes: null }, transition);
}

function decideTransition(
  graph: CompiledWorkflow,
  ticket: Ticket,
  request: TransitionRequest,
  met: MetRequirements,
  now: Date,
): TransitionDecision {
  const verdict = judge(graph, stateOf(ticket), request.toPhase, met);
  if (!verdict.allowed) return rejectionOf(graph, ticket, request.toPhase, verdict);
  // The times of a ticket never decrease, even when the clock is set back.
  const at = now > ticket.phaseEnteredAt ? now : ticket.phaseEnteredAt;
  const moved: Ticket = {
    ...ticket,
    phaseId: request.toPhase,
    previousPhaseId: ticket.phaseId,
    resumePhaseId: verdict.resumePhase,
    phaseEnteredAt: at,
    transitionCount: ticket.transitionCount + 1,
    version: ticket.version + 1,
    updatedAt: at > ticket.updatedAt ? at : ticket.updatedAt,
  };
  const transition = historyRow(moved, ticket.phaseId, request);
  return { kind: 'moved', ticket: moved, transition, actor: request.actor };
}

function historyRow(ticket: Ticket, fromPhase: string, request: TransitionRequest): CommittedTransition['transition'] {
  return {
    ticketId: ticket.id,
    sequence: ticket.transitionCount,
    id: uuidv7(),
    fromPhase,
    toPhase: ticket.phaseId,
    transitionReason: request.reason,
    transitionedBy: request.transitionedBy,
    actorKind: request.actorKind,
    artifacts: request.artifacts,
    kind: 'transition',
    graphId: ticket.graphId,
    version: ticket.version,
    createdAt: ticket.phaseEnteredAt,
  };
}

/** Returns the facts of a request, with those that participants contribute. */
function factsOf(
  request: TransitionRequest,
  ticket: Ticket,
  participants: readonly ParticipantFacts[],
): TransitionFacts {
  const contributed = participants.map((participant) => participant.factsFor?.(request, ticket));
  return contributed.every((part) => part === undefined) ? request : Object.assign({ ...request }, ...contributed);
}

/** Returns the rejection of a transition. That of an illegal one is explained after the locks are released. */
function rejectionOf(
  graph: CompiledWorkflow,
  ticket: Ticket,
  toPhase: string,
  { code, blockers }: Extract<Verdict, { allowed: false }>,
): DomainError {
  if (code === 'ticket_archived') {
    const detail = blockers.map(({ message }) => message).join(' ');
    return new DomainError(code, detail, { archived_at: ticket.archivedAt });
  }
  const facts = { from_phase: ticket.phaseId, to_phase: toPhase };
  if (code === 'guard_failed') {
    const detail = `The transition from ${ticket.phaseId} to ${toPhase} ${unmetSentence(blockers)}`;
    return new DomainError(code, detail, { ...facts, blockers });
  }
  return new IllegalTransition({ ticket, toPhase, isPhase: graph.phases.has(toPhase), blockers });
}
