import { FORWARD, PAUSE, type Expectation, type Goal } from './commands';
import { edgesFrom, isWaiting } from './rules';
import type { ModelTicket } from './ticket';
import { SDLC, type Workflow } from './workflow';

/** An expectation in the words of the API. */
export type NamedExpectation =
  | { readonly by: 'If-Match' | 'expected_version'; readonly version: number }
  | { readonly by: 'If-Match'; readonly version: '*' }
  | { readonly by: 'expected_phase'; readonly phase: string };

/** Where a move goes: on with the work, into the pause, or where it says. */
export function goalOf(ticket: ModelTicket | undefined, to: Goal): string {
  const workflow = ticket?.workflow ?? SDLC;
  if (typeof to === 'number') return phaseAt(workflow, to);
  if (to === PAUSE) return workflow.phases.find(({ id }) => isWaiting(workflow, id))?.id ?? phaseAt(workflow, -1);
  if (to !== FORWARD || ticket === undefined) return to;
  return ticket.resume ?? edgesFrom(workflow, ticket.view.phase_id)[0]?.to ?? to;
}

/** What a caller of now takes for granted. Nobody's ticket is taken to be at its first version. */
export function namedExpectation(
  ticket: ModelTicket | undefined,
  expects: Expectation | null,
): NamedExpectation | null {
  if (expects === null) return null;
  if (expects.by === 'expected_phase') return { by: expects.by, phase: goalOf(ticket, expects.is) };
  if (expects.is === 'any') return { by: expects.by, version: '*' };
  return { by: expects.by, version: versionFor(ticket?.view.version, expects.is) };
}

/** The oldest version has none before it. */
function versionFor(version: number | undefined, is: 'current' | 'older' | 'newer'): number {
  if (version === undefined) return 1;
  if (is === 'older') return Math.max(1, version - 2);
  return is === 'newer' ? version + 3 : version;
}

function phaseAt({ phases }: Workflow, place: number): string {
  return phases.at(place % phases.length)!.id;
}
