import type { AboutRow, Report } from './finding';
import { onlyOne } from './resume-phase';
import type { Rulebook } from './rulebook';
import { plansOf, stepsOf } from './steps';
import type { EventRow, MoveRow, TicketRecord } from './ticket-record';

/** Where a ticket is, as far as its events tell. */
interface Place {
  readonly phase: string;
  /** Undefined: nobody knows. No event tells which graph a ticket began under. */
  readonly graphId: number | undefined;
}

/** Which graph a row, or the ticket, says that it is under. */
interface Claim {
  readonly found: number;
  readonly what: string;
  readonly row?: AboutRow;
}

/**
 * Every way to another version of the workflow is told by an event, and what the events tell is what the rows say. Where
 * events are missing, nobody knows what they would have told.
 */
export function auditVersions(record: TicketRecord, rulebook: Rulebook, report: Report): void {
  const { ticket, events } = record;
  if (events.length !== ticket.version) return;
  const told = new Map(events.map((event) => [event.version, event]));
  let place: Place = { phase: ticket.initialPhase, graphId: undefined };
  for (const step of stepsOf(record)) {
    if ('kept' in step) place = afterKept(step.kept, place, rulebook, report);
    else place = afterMove(step.move, told.get(step.move.version), place, rulebook, report);
  }
  // What is no version of a workflow has been told of.
  if (rulebook.ruleOf(ticket.graphId))
    auditTold(place, { found: ticket.graphId, what: 'The ticket is' }, rulebook, report);
}

/** A migration that kept the phase went along a plan that keeps it. */
function afterKept(event: EventRow, place: Place, rulebook: Rulebook, report: Report): Place {
  const plans = plansOf(event, place.phase, place.graphId, rulebook);
  if (plans.length === 0 && event.workflowVersion !== null) {
    const goal = `version ${event.workflowVersion}, where no plan leads from ${place.phase}`;
    report('graph_mismatch', `The event of version ${event.version} tells of a migration to ${goal} without a move.`, {
      event: event.version,
    });
  }
  return { ...place, graphId: onlyOne(plans.map(({ to }) => to)) };
}

function afterMove(
  { sequence, graphId, to }: MoveRow,
  event: EventRow | undefined,
  place: Place,
  rulebook: Rulebook,
  report: Report,
): Place {
  auditTold(
    place,
    { found: graphId, what: `History row ${sequence} was made`, row: { move: sequence } },
    rulebook,
    report,
  );
  const plan = rulebook.plans.planOf(graphId);
  const version = rulebook.ruleOf(plan?.to ?? graphId)?.version;
  if (plan !== undefined && event?.type === 'migrated' && (event.workflowVersion ?? version) !== version) {
    const goal = `history row ${sequence} went to version ${version}`;
    report(
      'event_mismatch',
      `The event of version ${event.version} tells of version ${event.workflowVersion}; ${goal}.`,
      { event: event.version },
    );
  }
  return { phase: to, graphId: plan?.to ?? graphId };
}

/** The graph of a row or of the ticket is the one that the events tell of. */
function auditTold({ phase, graphId }: Place, { found, what, row }: Claim, { plans }: Rulebook, report: Report): void {
  const start = plans.planOf(found)?.from ?? found;
  if (graphId === undefined || start === graphId) return;
  const told = `${what} under graph ${found}; by its events it was still under graph ${graphId}`;
  if (plans.lead(graphId, found, phase)) report('migration_untold', `${told}.`, row);
  else report('graph_mismatch', `${told}, which does not lead there.`, row);
}
