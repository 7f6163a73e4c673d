import type { CompiledPhase, CompiledWorkflow } from './compiled-workflow';
import { isOpen, resumePhaseAfter, type TicketState } from './judge';

/** The states and transitions that a search examines at most. */
export interface SearchBound {
  readonly states: number;
  readonly transitions: number;
}

/** The result of a search. */
export interface PathSearch {
  /** The phases of the shortest path, the target included. Null: there is none, or a bound ended the search. */
  readonly path: readonly string[] | null;
  /** False if a bound ended the search. */
  readonly isComplete: boolean;
  /** The number of transitions that were examined. */
  readonly examined: number;
}

/** A state of the ticket that the search has reached, and the index of the state before it. */
interface Reached {
  readonly phase: CompiledPhase;
  readonly resumePhase: string | null;
  readonly before: number;
}

/**
 * Searches the shortest sequence of transitions to a phase, for requests that meet all requirements. A workflow has as many
 * states as pairs of waiting phases and phases to resume in, so the search is bounded.
 */
export function searchPath(
  workflow: CompiledWorkflow,
  ticket: TicketState,
  target: string,
  { states, transitions }: SearchBound,
): PathSearch {
  const start = workflow.phases.get(ticket.phase);
  if (ticket.archived || start === undefined || !workflow.phases.has(target)) {
    return { path: null, isComplete: true, examined: 0 };
  }
  const reached: Reached[] = [{ phase: start, resumePhase: ticket.resumePhase, before: -1 }];
  const seen = new Map([[start, new Set([ticket.resumePhase])]]);
  let examined = 0;
  // An array that grows during its iteration is a queue.
  for (const [index, { phase, resumePhase }] of reached.entries()) {
    for (const { to } of phase.edges.values()) {
      if (++examined > transitions) return { path: null, isComplete: false, examined: transitions };
      if (!isOpen(workflow, resumePhase, phase, to)) continue;
      if (to.id === target) return { path: pathTo(reached, index, target), isComplete: true, examined };
      const resume = resumePhaseAfter({ resumePhase }, phase, to);
      const known = seen.get(to);
      if (known?.has(resume)) continue;
      if (reached.length >= states) return { path: null, isComplete: false, examined };
      if (known === undefined) seen.set(to, new Set([resume]));
      else known.add(resume);
      reached.push({ phase: to, resumePhase: resume, before: index });
    }
  }
  return { path: null, isComplete: true, examined };
}

/** Returns the path to a target behind a reached state. The state that the search started in is not part of it. */
function pathTo(reached: readonly Reached[], last: number, target: string): string[] {
  const path = [target];
  for (let at = reached[last]; at !== undefined && at.before >= 0; at = reached[at.before]) path.push(at.phase.id);
  return path.toReversed();
}
