import { FORWARD, WAIT, type Precondition, type TargetPhase } from './commands';
import { edgesFrom, isWaiting } from './rules';
import type { ModelTicket } from './ticket';
import { SDLC, type Workflow } from './workflow';

/** A precondition as the API expresses it. */
export type NamedPrecondition =
  | { readonly by: 'If-Match' | 'expected_version'; readonly version: number }
  | { readonly by: 'If-Match'; readonly version: '*' }
  | { readonly by: 'expected_phase'; readonly phase: string };

/** Returns the phase that a transition requests. */
export function targetOf(ticket: ModelTicket | undefined, to: TargetPhase): string {
  const workflow = ticket?.workflow ?? SDLC;
  if (typeof to === 'number') return phaseAt(workflow, to);
  if (to === WAIT) return workflow.phases.find(({ id }) => isWaiting(workflow, id))?.id ?? phaseAt(workflow, -1);
  if (to !== FORWARD || ticket === undefined) return to;
  return ticket.resume ?? edgesFrom(workflow, ticket.view.phase_id)[0]?.to ?? to;
}

/** Resolves a precondition. A ticket that does not exist counts as being at version 1. */
export function namedPrecondition(
  ticket: ModelTicket | undefined,
  expects: Precondition | null,
): NamedPrecondition | null {
  if (expects === null) return null;
  if (expects.by === 'expected_phase') return { by: expects.by, phase: targetOf(ticket, expects.is) };
  if (expects.is === 'any') return { by: expects.by, version: '*' };
  return { by: expects.by, version: versionFor(ticket?.view.version, expects.is) };
}

/** Returns a version that is, or is not, the current one; at least 1. */
function versionFor(version: number | undefined, is: 'current' | 'older' | 'newer'): number {
  if (version === undefined) return 1;
  if (is === 'older') return Math.max(1, version - 2);
  return is === 'newer' ? version + 3 : version;
}

function phaseAt({ phases }: Workflow, place: number): string {
  return phases.at(place % phases.length)!.id;
}
