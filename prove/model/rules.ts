import type { Requirement, Transition, Workflow } from './workflow';

/** The rules that every workflow has in common, written down once more like the workflows. */

/** Where a ticket is, and where it was when it began to wait. */
export interface Position {
  readonly phase: string;
  /** While it waits: the last phase in which it did not. Null: it never was in one. */
  readonly resume: string | null;
}

/** What a request to move brings along. */
export interface Brought {
  readonly reason: string | null;
  readonly artifacts: object | null;
}

/** Every edge out of a phase, in the order in which the API lists them. */
export function edgesFrom(workflow: Workflow, phase: string): readonly Transition[] {
  return workflow.transitions.filter(({ from }) => from === phase);
}

/** Waiting is a pause: where the workflow says so, a ticket goes on where it was or earlier, and else where one may begin. */
export function isHeldBack(workflow: Workflow, { phase, resume }: Position, to: string): boolean {
  if (workflow.resume === 'any' || !isWaiting(workflow, phase) || isWaiting(workflow, to)) return false;
  return resume === null ? !workflow.initial.includes(to) : placeOf(workflow, to) > placeOf(workflow, resume);
}

/** The edges that a ticket may use, if its requests bring along what they have to. */
export function openEdges(workflow: Workflow, position: Position): readonly Transition[] {
  return edgesFrom(workflow, position.phase).filter(({ to }) => !isHeldBack(workflow, position, to));
}

/** Where a ticket may go with nothing but the request to. */
export function targetsOf(workflow: Workflow, position: Position): string[] {
  return openEdges(workflow, position)
    .filter(({ requires }) => requires.length === 0)
    .map(({ to }) => to);
}

/** What an edge asks for, and a request does not bring along. A reason of blanks is none, and empty artifacts are none. */
export function unmet({ requires }: Transition, { reason, artifacts }: Brought): Requirement[] {
  const isBrought = {
    reason: reason !== null && /\S/.test(reason),
    artifacts: artifacts !== null && Object.keys(artifacts).length > 0,
  };
  return requires.filter((requirement) => !isBrought[requirement]);
}

export function after(workflow: Workflow, { phase, resume }: Position, to: string): Position {
  if (!isWaiting(workflow, to)) return { phase: to, resume: null };
  return { phase: to, resume: isWaiting(workflow, phase) ? resume : phase };
}

/** How many moves lead to a phase at least; undefined: there is no way. */
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

/** Whether every move of a way is legal when its turn comes. */
export function isWay(workflow: Workflow, from: Position, way: readonly string[]): boolean {
  let position = from;
  for (const to of way) {
    if (!openEdges(workflow, position).some((edge) => edge.to === to)) return false;
    position = after(workflow, position, to);
  }
  return true;
}

export function isWaiting({ phases }: Workflow, phase: string): boolean {
  return phases.some(({ id, category }) => id === phase && category === 'waiting');
}

function placeOf({ phases }: Workflow, phase: string): number {
  return phases.findIndex(({ id }) => id === phase);
}

function keyOf({ phase, resume }: Position): string {
  return JSON.stringify([phase, resume]);
}
