import type { Requirement, Transition, Workflow } from './workflow';

/* The rules of all workflows, implemented independently of the application. */

/** A ticket's phase, and the phase in which it resumes. */
export interface Position {
  readonly phase: string;
  /** In a waiting phase: the last phase that was not a waiting one; null if there was none. */
  readonly resume: string | null;
}

/** The reason and the artifacts of a requested transition. */
export interface TransitionInput {
  readonly reason: string | null;
  readonly artifacts: object | null;
}

/** Returns the edges out of a phase, in the API's order. */
export function edgesFrom(workflow: Workflow, phase: string): readonly Transition[] {
  return workflow.transitions.filter(({ from }) => from === phase);
}

/** Returns whether the resume rule forbids a transition: a ticket resumes in the phase it left, or in an earlier one. */
export function isBlockedByResumeRule(workflow: Workflow, { phase, resume }: Position, to: string): boolean {
  if (workflow.resume === 'any' || !isWaiting(workflow, phase) || isWaiting(workflow, to)) return false;
  return resume === null ? !workflow.initial.includes(to) : indexOf(workflow, to) > indexOf(workflow, resume);
}

/** Returns the edges that the resume rule allows. */
export function openEdges(workflow: Workflow, position: Position): readonly Transition[] {
  return edgesFrom(workflow, position.phase).filter(({ to }) => !isBlockedByResumeRule(workflow, position, to));
}

/** Returns the phases that a transition without reason and artifacts can reach. */
export function targetsOf(workflow: Workflow, position: Position): string[] {
  return openEdges(workflow, position)
    .filter(({ requires }) => requires.length === 0)
    .map(({ to }) => to);
}

/** Returns the requirements that a request does not meet. A blank reason and empty artifacts count as missing. */
export function missing({ requires }: Transition, { reason, artifacts }: TransitionInput): Requirement[] {
  const isPresent = {
    reason: reason !== null && /\S/.test(reason),
    artifacts: artifacts !== null && Object.keys(artifacts).length > 0,
  };
  return requires.filter((requirement) => !isPresent[requirement]);
}

export function after(workflow: Workflow, { phase, resume }: Position, to: string): Position {
  if (!isWaiting(workflow, to)) return { phase: to, resume: null };
  return { phase: to, resume: isWaiting(workflow, phase) ? resume : phase };
}

/** Returns the length of the shortest path to a phase; undefined when there is none. */
export function distance(workflow: Workflow, from: Position, to: string): number | undefined {
  const seen = new Map([[keyOf(from), from]]);
  let frontier: Position[] = [from];
  for (let moves = 1; frontier.length > 0; moves++) {
    const reached = frontier.flatMap((position) =>
      openEdges(workflow, position).map((edge) => after(workflow, position, edge.to)),
    );
    if (reached.some(({ phase }) => phase === to)) return moves;
    frontier = reached.filter((position) => seen.size < seen.set(keyOf(position), position).size);
  }
  return undefined;
}

/** Returns whether every transition of a path is legal. */
export function isPath(workflow: Workflow, from: Position, path: readonly string[]): boolean {
  let position = from;
  for (const to of path) {
    if (!openEdges(workflow, position).some((edge) => edge.to === to)) return false;
    position = after(workflow, position, to);
  }
  return true;
}

export function isWaiting({ phases }: Workflow, phase: string): boolean {
  return phases.some(({ id, category }) => id === phase && category === 'waiting');
}

function indexOf({ phases }: Workflow, phase: string): number {
  return phases.findIndex(({ id }) => id === phase);
}

function keyOf({ phase, resume }: Position): string {
  return JSON.stringify([phase, resume]);
}
