import { isWaiting, type Position } from './rules';
import type { Workflow } from './workflow';

/** Where the tickets of each phase of one version go in another; null: there is no place for them. */
export type Places = ReadonlyMap<string, string | null>;

/** Each phase goes where it is told, or else to the phase of its name. */
export function placesFor(from: Workflow, to: Workflow, named: ReadonlyMap<string, string>): Places {
  const isThere = (phase: string): boolean => to.phases.some(({ id }) => id === phase);
  return new Map(
    from.phases.map(({ id }) => {
      const place = named.get(id) ?? id;
      return [id, isThere(place) ? place : null];
    }),
  );
}

/** The phase without a place that keeps a ticket from going over: it is in it, or waits on and is to resume in it. */
export function obstacleTo(
  places: Places,
  from: Workflow,
  to: Workflow,
  { phase, resume }: Position,
): string | undefined {
  const place = places.get(phase) ?? null;
  if (place === null) return phase;
  const waitsOn = isWaiting(from, phase) && isWaiting(to, place);
  return waitsOn && resume !== null && places.get(resume) === null ? resume : undefined;
}

/**
 * Where a ticket is once it has gone over. One that waits on resumes in the place of the phase that it would have resumed
 * in; one that waits only now in the phase that it was in, where there still is one. A pause is nothing to resume in.
 */
export function goneOver(places: Places, from: Workflow, to: Workflow, { phase, resume }: Position): Position {
  const place = places.get(phase)!;
  if (!isWaiting(to, place)) return { phase: place, resume: null };
  const known = isWaiting(from, phase) ? (resume === null ? null : places.get(resume)!) : phase;
  const isWork = to.phases.some(({ id, category }) => id === known && category !== 'waiting');
  return { phase: place, resume: isWork ? known : null };
}
