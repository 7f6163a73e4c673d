/**
 * The rules of the built-in workflow, written down once more from its description and not from its code: a model that
 * shares code with what it is held against proves nothing.
 */

/** In the order of the work; BLOCKED stands beside it. */
export const WORK = ['BACKLOG', 'REQUIREMENTS', 'DESIGN', 'IMPLEMENTATION', 'TESTING', 'DEPLOYMENT', 'DONE'] as const;

export const PHASES: readonly string[] = [...WORK, 'BLOCKED'];

/** Where a ticket is, and where it was when it was blocked. */
export interface Position {
  readonly phase: string;
  /** The phase it was blocked in, while it is. */
  readonly resume: string | null;
}

/** Every edge out of a phase, in the order in which the API lists them. */
export function edgesFrom(phase: string): string[] {
  const step = placeOf(phase);
  if (phase === 'BLOCKED') return WORK.slice(0, -1);
  if (phase === 'DONE' || step === -1) return [];
  const back = phase === 'TESTING' ? ['IMPLEMENTATION'] : [];
  return [WORK[step + 1]!, ...back, 'BLOCKED'];
}

/** Blocked is a pause: a ticket goes on where it was, or earlier. */
export function isHeldBack({ phase, resume }: Position, to: string): boolean {
  return phase === 'BLOCKED' && edgesFrom(phase).includes(to) && resume !== null && placeOf(to) > placeOf(resume);
}

export function targetsOf(position: Position): string[] {
  return edgesFrom(position.phase).filter((to) => !isHeldBack(position, to));
}

export function after({ phase }: Position, to: string): Position {
  return { phase: to, resume: to === 'BLOCKED' ? phase : null };
}

/** How many moves lead to a phase at least; undefined: there is no way. */
export function distance(from: Position, to: string): number | undefined {
  let frontier: Position[] = [from];
  // No way needs more moves than there are positions: each phase, and BLOCKED from each.
  for (let moves = 1; moves <= 2 * WORK.length; moves++) {
    if (frontier.some((position) => targetsOf(position).includes(to))) return moves;
    frontier = frontier.flatMap((position) => targetsOf(position).map((target) => after(position, target)));
    frontier = [...new Map(frontier.map((position) => [JSON.stringify(position), position])).values()];
  }
  return undefined;
}

/** Whether every move of a way is legal when its turn comes. */
export function isWay(from: Position, way: readonly string[]): boolean {
  let position = from;
  for (const to of way) {
    if (!targetsOf(position).includes(to)) return false;
    position = after(position, to);
  }
  return true;
}

function placeOf(phase: string): number {
  return (WORK as readonly string[]).indexOf(phase);
}
