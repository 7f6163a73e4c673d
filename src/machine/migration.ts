import type { CompiledWorkflow } from './compiled-workflow';

/** Where the tickets of each phase of one version go in another version. Null: there is no place for them. */
export type Places = ReadonlyMap<string, string | null>;

/** How tickets go over from one version of a workflow to another. */
export interface MigrationPlan {
  readonly from: CompiledWorkflow;
  readonly to: CompiledWorkflow;
  readonly places: Places;
}

/** Where a ticket stands: its phase and, while it waits, the last phase that was not a waiting one. */
export interface Standing {
  readonly phase: string;
  readonly resumePhase: string | null;
}

/** What is wrong with a phase that somebody has named a place for. */
export interface MisplacedPhase {
  readonly phase: string;
  readonly fault: 'phase_unknown' | 'place_unknown';
}

/**
 * Plans how tickets go over: each phase to the place that is named for it, or else to the phase of the same name.
 *
 * @param named places by phase. What is wrong with them is told by `misplacedPhases`; here it is passed over
 */
export function planMigration(
  from: CompiledWorkflow,
  to: CompiledWorkflow,
  named: Readonly<Record<string, string>> = {},
): MigrationPlan {
  const places = Array.from(from.phases.keys(), (phase): [string, string | null] => {
    const place = Object.hasOwn(named, phase) ? named[phase]! : phase;
    return [phase, to.phases.has(place) ? place : null];
  });
  return { from, to, places: new Map(places) };
}

/** Phases that a place was named for in vain: the old version lacks them, or the new one their place. */
export function misplacedPhases(
  from: CompiledWorkflow,
  to: CompiledWorkflow,
  named: Readonly<Record<string, string>>,
): MisplacedPhase[] {
  return Object.entries(named).flatMap(([phase, place]): MisplacedPhase[] => {
    if (!from.phases.has(phase)) return [{ phase, fault: 'phase_unknown' }];
    return to.phases.has(place) ? [] : [{ phase, fault: 'place_unknown' }];
  });
}

/** The phases of the old version whose tickets have no place in the new one. */
export function phasesWithoutPlace({ places }: MigrationPlan): string[] {
  return [...places].filter(([, place]) => place === null).map(([phase]) => phase);
}

/** What keeps a ticket from going over: the phase without a place that it is in, or is to resume in. Null: nothing. */
export function phaseInTheWay({ from, to, places }: MigrationPlan, { phase, resumePhase }: Standing): string | null {
  const place = places.get(phase) ?? null;
  if (place === null) return phase;
  const waitsOn = isWaiting(from, phase) && isWaiting(to, place);
  return waitsOn && resumePhase !== null && (places.get(resumePhase) ?? null) === null ? resumePhase : null;
}

/**
 * Where a ticket stands once it has gone over; null when something is in the way.
 *
 * A ticket that waits on, resumes in the place of the phase that it would have resumed in. One that was not waiting and
 * now is, resumes in the phase that it was in, where the new version has that one. Where this is no phase to resume in, nothing
 * is known to be reached, as if the ticket had begun waiting.
 */
export function standingAfter(plan: MigrationPlan, ticket: Standing): Standing | null {
  if (phaseInTheWay(plan, ticket) !== null) return null;
  const phase = plan.places.get(ticket.phase)!;
  if (!isWaiting(plan.to, phase)) return { phase, resumePhase: null };
  const reached = isWaiting(plan.from, ticket.phase) ? placeOf(plan, ticket.resumePhase) : ticket.phase;
  return { phase, resumePhase: reached !== null && isWorkedIn(plan.to, reached) ? reached : null };
}

function placeOf({ places }: MigrationPlan, phase: string | null): string | null {
  return phase === null ? null : (places.get(phase) ?? null);
}

function isWaiting({ phases }: CompiledWorkflow, phase: string): boolean {
  return phases.get(phase)?.waiting === true;
}

/** Whether the version has the phase, and it is no pause. */
function isWorkedIn({ phases }: CompiledWorkflow, phase: string): boolean {
  return phases.get(phase)?.waiting === false;
}
