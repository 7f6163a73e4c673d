import type { CompleteWorkflow } from '../../machine/workflow';
import type { Line } from './lines';

/** Work that has not begun is drawn on top, what is done at the bottom, the rest between them. */
const SHARE_OF_HEIGHT = { todo: 0, active: 1, waiting: 1, done: 2 } as const;

/**
 * How far down each phase belongs, by category and then by the order of the work; only which is lower counts. A pause
 * belongs in the middle of the phases that lead into it or out of it, else the lines of one like BLOCKED would all run
 * down to the bottom.
 */
export function heightsOf({ phases }: CompleteWorkflow, lines: readonly Line[]): Map<string, number> {
  const heights = new Map(
    phases.map(({ id, category }, order) => [id, SHARE_OF_HEIGHT[category] * phases.length + order]),
  );
  const pauses = new Set(phases.filter(({ category }) => category === 'waiting').map(({ id }) => id));
  const around = new Map<string, number[]>(Array.from(pauses, (id) => [id, []]));
  for (const { there } of lines) {
    if (pauses.has(there.to) && !pauses.has(there.from)) around.get(there.to)!.push(heights.get(there.from)!);
    if (pauses.has(there.from) && !pauses.has(there.to)) around.get(there.from)!.push(heights.get(there.to)!);
  }
  for (const [id, neighbours] of around) {
    // Half a step below the middle one: beside no phase, and the later half of them comes after it.
    const middle = neighbours.sort((one, other) => one - other)[Math.floor((neighbours.length - 1) / 2)];
    if (middle !== undefined) heights.set(id, middle + 0.5);
  }
  return heights;
}
