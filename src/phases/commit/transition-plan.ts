import type { Reader } from '../../database/reader';
import { uuidv7 } from '../../database/storable';
import type { CompiledWorkflow } from '../../machine/compiled-workflow';
import type { TransitionFacts } from '../../machine/guards';
import {
  guardedOptions,
  judge,
  legalTargets,
  type MetRequirements,
  metRequirements,
  shortestPath,
  type TicketState,
  unmetSentence,
  type Verdict,
} from '../../machine/judge';
import { DomainError } from '../../problems/domain-error';
import { stalenessOf, StaleTicket } from '../../tickets/precondition';
import { type ChangeDto, toChangeDto } from '../../tickets/ticket-event.dto';
import type { Ticket } from '../../tickets/ticket.entity';
import { ticketNotFound } from '../../tickets/ticket.service';
import type { CommittedTransition, DecidedTransition, TransitionDecision, TransitionRequest } from '../transition';
import type { Contended, LockedTickets, ParticipantFacts, TransitionOutcome, TransitionPlan } from './participant';

/** Provides the compiled workflow versions that tickets are judged under. */
export interface GraphSource {
  /** Loads versions, so that `graphOf` returns them. */
  know(graphIds: Iterable<number>, reader: Reader): Promise<void>;
  graphOf(graphId: number): CompiledWorkflow;
}

/** The outcome of a request whose ticket is contended. */
export const CONTENDED: Contended = { kind: 'contended' };

/**
 * Decides requests in their order: of two transitions of one ticket, the second is judged on the state that the first
 * leaves. Pure, except for the ids of new rows.
 *
 * @param facts one for each participant that has a part in the batch
 */
export function planTransitions(
  requests: readonly TransitionRequest[],
  locked: LockedTickets,
  facts: readonly ParticipantFacts[],
  graphs: Pick<GraphSource, 'graphOf'>,
): TransitionPlan {
  const moves: CommittedTransition[] = [];
  const moved = new Map<string, Ticket>();
  const decide = (request: TransitionRequest): TransitionOutcome => {
    if (locked.contended.has(request.ticketId)) return CONTENDED;
    for (const each of facts) {
      const outcome = each.outcomeOf?.(request);
      if (outcome !== undefined) return outcome;
    }
    const ticket = moved.get(request.ticketId) ?? locked.tickets.get(request.ticketId);
    if (ticket === undefined || (request.projectId ?? ticket.projectId) !== ticket.projectId) {
      return ticketNotFound(request.ticketId);
    }
    const stale = request.precondition && stalenessOf(ticket, request.precondition);
    if (stale) return stale.after(moves.filter((move) => move.ticket.id === ticket.id).map(changeOf));
    const met = metRequirements(factsOf(request, ticket, facts));
    const decision = decideTransition(graphs.graphOf(ticket.graphId), ticket, request, met, locked.at);
    if (decision instanceof Error) return decision;
    moved.set(ticket.id, decision.ticket);
    moves.push(decision);
    return decision;
  };
  const decided = requests.map((request) => ({ request, decision: decide(request) }));
  return { decided, moves, tickets: [...moved.values()] };
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
    const detail = `Judged after earlier transitions of this request, none of which was made: ${decision.message}`;
    const judgedAt = { phase: judged.phaseId, version: judged.version };
    const rejection =
      decision instanceof StaleTicket
        ? decision.withoutEarlier(current, detail, judgedAt)
        : new DomainError(decision.code, detail, { ...decision.facts, judged_at: judgedAt }, { cause: decision });
    return { request, decision: rejection };
  });
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

/** Returns the rejection of a transition: the current phase, the allowed transitions, the blockers, the shortest path. */
function rejectionOf(
  graph: CompiledWorkflow,
  ticket: Ticket,
  toPhase: string,
  { code, blockers }: Extract<Verdict, { allowed: false }>,
): DomainError {
  const messages = blockers.map(({ message }) => message);
  if (code === 'ticket_archived') return new DomainError(code, messages.join(' '), { archived_at: ticket.archivedAt });
  const facts = { from_phase: ticket.phaseId, to_phase: toPhase };
  if (code === 'guard_failed') {
    const detail = `The transition from ${ticket.phaseId} to ${toPhase} ${unmetSentence(blockers)}`;
    return new DomainError(code, detail, { ...facts, blockers });
  }
  const state = stateOf(ticket);
  const legal = legalTargets(graph, state);
  const path = shortestPath(graph, state, toPhase);
  const sentences = [causeOfRejection(graph, ticket.phaseId, toPhase), ...messages, exitsOf(graph, ticket, legal)];
  // A path back to the current phase is not suggested.
  if (path !== null && toPhase !== ticket.phaseId) {
    sentences.push(`The shortest path to ${toPhase} is ${path.join(' → ')}.`);
  }
  return new DomainError(code, sentences.join(' '), {
    ...facts,
    valid_transitions: legal,
    blockers,
    ...(path === null ? {} : { shortest_path: path }),
  });
}

function causeOfRejection({ phases }: CompiledWorkflow, phase: string, toPhase: string): string {
  if (toPhase === phase) return `The ticket is already in ${phase}.`;
  if (phases.has(toPhase)) return `The ticket is in ${phase} and cannot move to ${toPhase}.`;
  const similar = [...phases.keys()].find((name) => name.toLowerCase() === toPhase.toLowerCase());
  const suggestion = similar === undefined ? '' : ` Did you mean ${similar}?`;
  return `The ticket is in ${phase}, and its workflow has no phase ${toPhase}.${suggestion}`;
}

/** Returns a sentence about the allowed transitions, including those that require something. */
function exitsOf(graph: CompiledWorkflow, ticket: Ticket, legal: readonly string[]): string {
  const guarded = guardedOptions(graph, stateOf(ticket)).map(({ to }) => to);
  if (legal.length + guarded.length === 0) {
    return graph.phases.get(ticket.phaseId)?.terminal === false
      ? `No transition from ${ticket.phaseId} is allowed now.`
      : `${ticket.phaseId} is terminal.`;
  }
  const exits = [
    ...(legal.length > 0 ? [legal.join(' or ')] : []),
    ...(guarded.length > 0 ? [`${guarded.join(' or ')} (with requirements)`] : []),
  ];
  return `Allowed transitions: ${exits.join(', ')}.`;
}
