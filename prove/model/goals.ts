import { FORWARD, PAUSE, type Expectation, type Goal } from './commands';
import { edgesFrom, isWaiting } from './rules';
import type { ModelTicket } from './ticket';
import { SDLC, type Workflow } from './workflow';

/** An expectation in which a phase is named. */
export type NamedExpectation =
  Exclude<Expectation, { by: 'expected_phase' }> | { readonly by: 'expected_phase'; readonly is: string };

/** Where a move goes: on with the work, into the pause, or where it says. */
export function goalOf(ticket: ModelTicket | undefined, to: Goal): string {
  const workflow = ticket?.workflow ?? SDLC;
  if (typeof to === 'number') return phaseAt(workflow, to);
  if (to === PAUSE) return workflow.phases.find(({ id }) => isWaiting(workflow, id))?.id ?? phaseAt(workflow, -1);
  if (to !== FORWARD || ticket === undefined) return to;
  return ticket.resume ?? edgesFrom(workflow, ticket.view.phase_id)[0]?.to ?? to;
}

export function namedExpectation(
  ticket: ModelTicket | undefined,
  expects: Expectation | null,
): NamedExpectation | null {
  if (expects?.by !== 'expected_phase') return expects;
  return { ...expects, is: goalOf(ticket, expects.is) };
}

function phaseAt({ phases }: Workflow, place: number): string {
  return phases.at(place % phases.length)!.id;
}
