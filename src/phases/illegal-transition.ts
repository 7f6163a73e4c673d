import type { CompiledWorkflow } from '../machine/compiled-workflow';
import { guardedOptions, legalTargets, type Blocker, type TicketState } from '../machine/judge';
import { BUDGETS } from '../http/server/limits';
import { DomainError } from '../problems/domain-error';
import type { Ticket } from '../tickets/ticket.entity';

/** The state of a ticket when a transition was judged. */
interface JudgedState {
  readonly phase: string;
  readonly version: number;
}

/** A transition that the workflow of the ticket does not allow. */
interface RejectedTransition {
  readonly ticket: Pick<Ticket, 'graphId' | 'phaseId' | 'resumePhaseId' | 'version'>;
  readonly toPhase: string;
  /** False if the workflow has no such phase. */
  readonly isPhase: boolean;
  readonly blockers: readonly Blocker[];
}

/**
 * The rejection of a transition that the workflow does not allow, without its explanation: allowed transitions, blockers and
 * the shortest path take time and space, so they are added after the locks of the ticket are released.
 */
export class IllegalTransition extends DomainError {
  /**
   * @param note a sentence in front of the detail
   * @param judgedAt the state that earlier transitions of the request would have led to; undefined without them
   */
  constructor(
    readonly rejected: RejectedTransition,
    note = '',
    private readonly judgedAt?: JudgedState,
  ) {
    const { ticket, toPhase } = rejected;
    const facts = { from_phase: ticket.phaseId, to_phase: toPhase, ...(judgedAt && { judged_at: judgedAt }) };
    super('illegal_transition', `${note}${causeOf(rejected)}`, facts);
  }

  /** The state that the judge reads. */
  get state(): TicketState {
    const { phaseId: phase, resumePhaseId: resumePhase } = this.rejected.ticket;
    return { phase, resumePhase, archived: false };
  }

  /** Returns the rejection of a transition that follows others of a request that was withdrawn. */
  withdrawn(note: string, judgedAt: JudgedState): IllegalTransition {
    return new IllegalTransition(this.rejected, note, judgedAt);
  }

  /** Returns the rejection with the current phase, the allowed transitions, the blockers and the shortest path. */
  explained(graph: CompiledWorkflow, path: readonly string[] | null): DomainError {
    const { toPhase, blockers, ticket } = this.rejected;
    const legal = legalTargets(graph, this.state);
    const sentences = [
      `${this.message}${suggestionOf(graph, this.rejected)}`,
      ...blockers.map(({ message }) => message),
      exitsOf(graph, this.state, legal),
    ];
    // A path back to the current phase is not suggested.
    if (path !== null && toPhase !== ticket.phaseId) {
      sentences.push(`The shortest path to ${toPhase} is ${listed(path, ' → ')}.`);
    }
    return new DomainError(
      this.code,
      sentences.join(' '),
      { ...this.facts, valid_transitions: legal, blockers, ...(path === null ? {} : { shortest_path: path }) },
      { cause: this },
    );
  }

  /** Returns the rejection for a response that has no room for its explanation. */
  unexplained(): DomainError {
    const { phaseId: phase, version } = this.rejected.ticket;
    const state = this.judgedAt === undefined ? { current: { phase, version } } : {};
    const facts = { ...this.facts, ...state, explanation_omitted: true };
    return new DomainError(this.code, this.message, facts, { cause: this });
  }
}

function causeOf({ ticket: { phaseId }, toPhase, isPhase }: RejectedTransition): string {
  if (toPhase === phaseId) return `The ticket is already in ${phaseId}.`;
  if (isPhase) return `The ticket is in ${phaseId} and cannot move to ${toPhase}.`;
  return `The ticket is in ${phaseId}, and its workflow has no phase ${toPhase}.`;
}

function suggestionOf({ phases }: CompiledWorkflow, { toPhase, isPhase }: RejectedTransition): string {
  const sought = toPhase.toLowerCase();
  const similar = isPhase ? undefined : [...phases.keys()].find((name) => name.toLowerCase() === sought);
  return similar === undefined ? '' : ` Did you mean ${similar}?`;
}

/** Returns a sentence about the allowed transitions, including those that require something. */
function exitsOf(graph: CompiledWorkflow, state: TicketState, legal: readonly string[]): string {
  const guarded = guardedOptions(graph, state).map(({ to }) => to);
  if (legal.length + guarded.length === 0) {
    return graph.phases.get(state.phase)?.terminal === false
      ? `No transition from ${state.phase} is allowed now.`
      : `${state.phase} is terminal.`;
  }
  const exits = [
    ...(legal.length > 0 ? [listed(legal, ' or ')] : []),
    ...(guarded.length > 0 ? [`${listed(guarded, ' or ')} (with requirements)`] : []),
  ];
  return `Allowed transitions: ${exits.join(', ')}.`;
}

/** Joins names for a sentence. Of many, the first are named. */
function listed(names: readonly string[], separator: string): string {
  const more = names.length - BUDGETS.listed;
  if (more <= 0) return names.join(separator);
  return [...names.slice(0, BUDGETS.listed), `${more} more`].join(separator);
}
