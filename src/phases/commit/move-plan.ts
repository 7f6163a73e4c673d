import type { Reader } from '../../database/reader';
import { uuidv7 } from '../../database/uuid';
import { nameOf } from '../../idempotency/key-claim';
import type { CompiledWorkflow } from '../../machine/compiled-workflow';
import {
  guardedOptions,
  judge,
  legalTargets,
  metRequirements,
  shortestPath,
  unmetSentence,
  type TicketState,
  type Verdict,
} from '../../machine/judge';
import { DomainError } from '../../problems/domain-error';
import { StaleTicket, stalenessOf } from '../../tickets/precondition';
import { toChangeDto, type ChangeDto } from '../../tickets/ticket-event.dto';
import type { Ticket } from '../../tickets/ticket.entity';
import { ticketNotFound } from '../../tickets/ticket.service';
import type { CommittedMove, MoveRequest } from '../move';

/** What a transaction has locked, and the database's clock after the tickets were. */
export interface LockedTickets {
  readonly tickets: ReadonlyMap<string, Ticket>;
  readonly at: Date;
  /** What stands in the way of Idempotency-Keys, each under its name; nothing, where they are free. */
  readonly obstacles: ReadonlyMap<string, Error>;
}

/** Hands out the graphs that tickets move under. */
export interface GraphSource {
  /** Makes graphs ready, so that `graphOf` knows them. */
  know(graphIds: Iterable<number>, reader: Reader): Promise<void>;
  graphOf(graphId: number): CompiledWorkflow;
}

/** What became of a request: a move to be written, or why not: a refusal, or what stands in the way of its key. */
export type Decision = CommittedMove | Error;

/** What a transaction has to write, and what it answers once that is committed. */
export interface MovePlan {
  readonly requests: readonly MoveRequest[];
  /** One decision a request, in their order. */
  readonly decisions: readonly Decision[];
  readonly moves: readonly CommittedMove[];
  /** The tickets that moved, each as its last move left it. */
  readonly tickets: readonly Ticket[];
}

/**
 * Decides requests on what the locks showed, one after the other: two moves of one ticket are judged each on the state
 * that the one before left behind. Pure but for the ids of new rows.
 */
export function planMoves(
  requests: readonly MoveRequest[],
  { tickets, at, obstacles }: LockedTickets,
  graphs: Pick<GraphSource, 'graphOf'>,
): MovePlan {
  const moves: CommittedMove[] = [];
  const moved = new Map<string, Ticket>();
  const decisions = requests.map((request): Decision => {
    const obstacle = request.receipt && obstacles.get(nameOf(request.receipt.claim));
    if (obstacle !== undefined) return obstacle;
    const ticket = moved.get(request.ticketId) ?? tickets.get(request.ticketId);
    if (ticket === undefined || (request.projectId ?? ticket.projectId) !== ticket.projectId) {
      return ticketNotFound(request.ticketId);
    }
    const stale = stalenessOf(ticket, request.precondition);
    if (stale !== undefined) return stale.after(movesOf(ticket.id, moves).map(changeOf));
    const decision = planMove(graphs.graphOf(ticket.graphId), ticket, request, at);
    if (decision instanceof Error) return decision;
    moved.set(ticket.id, decision.ticket);
    moves.push(decision);
    return decision;
  });
  return { requests, decisions, moves, tickets: [...moved.values()] };
}

/** The decisions of a plan that is not carried out: a refusal after moves that were not made says so. */
export function withdraw({ decisions, requests }: MovePlan, { tickets }: LockedTickets): readonly Decision[] {
  const moved = new Map<string, Ticket>();
  return decisions.map((decision, i) => {
    const { ticketId } = requests[i]!;
    if (!(decision instanceof Error)) moved.set(ticketId, decision.ticket);
    const judged = moved.get(ticketId);
    if (!(decision instanceof DomainError) || judged === undefined) return decision;
    const detail = `Judged after the moves before it, of which none was made: ${decision.message}`;
    const judgedAt = { phase: judged.phaseId, version: judged.version };
    return decision instanceof StaleTicket
      ? decision.withoutEarlier(tickets.get(ticketId)!, detail, judgedAt)
      : new DomainError(decision.code, detail, { ...decision.facts, judged_at: judgedAt }, { cause: decision });
  });
}

/** What the judge needs of a ticket. */
export function stateOf(ticket: Pick<Ticket, 'phaseId' | 'resumePhaseId' | 'archivedAt'>): TicketState {
  return { phase: ticket.phaseId, resumePhase: ticket.resumePhaseId, archived: ticket.archivedAt !== null };
}

function movesOf(ticketId: string, moves: readonly CommittedMove[]): CommittedMove[] {
  return moves.filter(({ ticket }) => ticket.id === ticketId);
}

/** Returns the event of a move as a rejection lists it. */
function changeOf({ transition, actor }: CommittedMove): ChangeDto {
  const { ticketId, version, actorKind, createdAt: at, sequence } = transition;
  return toChangeDto({ ticketId, version, type: 'moved', actor, actorKind, at, sequence, changes: null }, transition);
}

function planMove(
  graph: CompiledWorkflow,
  ticket: Ticket,
  request: MoveRequest,
  now: Date,
): CommittedMove | DomainError {
  const verdict = judge(graph, stateOf(ticket), request.toPhase, metRequirements(request));
  if (!verdict.allowed) return refusalOf(graph, ticket, request.toPhase, verdict);
  // Times never fall within a ticket, whatever clocks do.
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
  return { ticket: moved, transition: historyRow(moved, request), actor: request.actor };
}

function historyRow(ticket: Ticket, request: MoveRequest): CommittedMove['transition'] {
  return {
    ticketId: ticket.id,
    sequence: ticket.transitionCount,
    id: uuidv7(),
    fromPhase: ticket.previousPhaseId!,
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

/** A "no" with its reason: where the ticket is, where it may go, what stands in the way, and the way there. */
function refusalOf(
  graph: CompiledWorkflow,
  ticket: Ticket,
  toPhase: string,
  { code, blockers }: Extract<Verdict, { allowed: false }>,
): DomainError {
  if (code === 'ticket_archived') {
    return new DomainError(code, blockers[0]!.message, { archived_at: ticket.archivedAt });
  }
  const facts = { from_phase: ticket.phaseId, to_phase: toPhase };
  if (code === 'guard_failed') {
    const detail = `The transition from ${ticket.phaseId} to ${toPhase} ${unmetSentence(blockers)}`;
    return new DomainError(code, detail, { ...facts, blockers });
  }
  const state = stateOf(ticket);
  const legal = legalTargets(graph, state);
  const way = shortestPath(graph, state, toPhase);
  const sentences = [
    whyNot(graph, ticket.phaseId, toPhase),
    ...blockers.map(({ message }) => message),
    exitsOf(graph, ticket, legal),
    // Whoever asks to go where the ticket is wants no detour that ends there.
    ...(way && toPhase !== ticket.phaseId ? [`The shortest way to ${toPhase} is ${way.join(' → ')}.`] : []),
  ];
  return new DomainError(code, sentences.join(' '), {
    ...facts,
    valid_transitions: legal,
    blockers,
    ...(way ? { shortest_path: way } : {}),
  });
}

function whyNot({ phases }: CompiledWorkflow, phase: string, toPhase: string): string {
  if (toPhase === phase) return `The ticket is in ${phase} already.`;
  if (phases.has(toPhase)) return `The ticket is in ${phase} and cannot move to ${toPhase}.`;
  const meant = [...phases.keys()].find((name) => name.toLowerCase() === toPhase.toLowerCase());
  const guess = meant === undefined ? '' : ` Perhaps ${meant} is meant.`;
  return `The ticket is in ${phase}, and its workflow has no phase ${toPhase}.${guess}`;
}

/** Where the ticket may go, in a sentence; also by moves that need something brought along. */
function exitsOf(graph: CompiledWorkflow, ticket: Ticket, legal: readonly string[]): string {
  const guarded = guardedOptions(graph, stateOf(ticket)).map(({ to }) => to);
  const exits = [
    ...(legal.length > 0 ? [`to ${legal.join(' or ')}`] : []),
    ...(guarded.length > 0 ? [`with what it requires to ${guarded.join(' or ')}`] : []),
  ];
  if (exits.length > 0) return `From here it may go ${exits.join(', and ')}.`;
  return graph.phases.get(ticket.phaseId)?.terminal === false
    ? `From here it may go nowhere now.`
    : `${ticket.phaseId} is terminal.`;
}
