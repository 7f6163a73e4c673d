import type { Report, RowReference } from './finding';
import { onlyValue, pathEntriesOf, possiblePlans } from './ticket-path';
import type { EventRow, HistoryRow, TicketRecord } from './ticket-record';
import type { WorkflowVersions } from './workflow-versions';

/** The position of a ticket according to its events. */
interface Position {
  readonly phase: string;
  /** Undefined: unknown. No event records the graph that a ticket started under. */
  readonly graphId: number | undefined;
}

/** The graph of a history row or of the ticket. */
interface StatedGraph {
  readonly graphId: number;
  readonly subject: string;
  readonly row?: RowReference;
}

/**
 * Checks that the graphs of the rows lead from one to the next and to the ticket's: directly, or by plans that kept the
 * phase. A transition is made under a workflow version, a migration under a plan.
 */
export function auditGraphs({ ticket, moves }: TicketRecord, versions: WorkflowVersions, report: Report): void {
  const { plans } = versions;
  let previous: HistoryRow | undefined;
  for (const row of moves) {
    auditKind(row, versions, report);
    if (previous !== undefined && !plans.leads(previous.graphId, row.graphId, row.from)) {
      const before = `row ${previous.sequence} under graph ${previous.graphId}, which does not lead there`;
      const detail = `History row ${row.sequence} was made under graph ${row.graphId}; ${before}.`;
      report('graph_mismatch', detail, { move: row.sequence });
    }
    previous = row;
  }
  if (plans.planOf(ticket.graphId) !== undefined) {
    report('kind_mismatch', `The ticket is under graph ${ticket.graphId}, which is a plan.`);
  } else if (
    previous !== undefined &&
    versions.versionOf(ticket.graphId) &&
    !plans.leads(previous.graphId, ticket.graphId, previous.to)
  ) {
    const last = `history row ${previous.sequence} was made under graph ${previous.graphId}`;
    report('graph_mismatch', `The ticket is under graph ${ticket.graphId}; ${last}, which does not lead there.`);
  }
}

function auditKind({ sequence, kind, graphId }: HistoryRow, { plans }: WorkflowVersions, report: Report): void {
  const expected = plans.planOf(graphId) !== undefined ? 'migration' : 'transition';
  if (kind === expected) return;
  const detail = `History row ${sequence} is a ${kind}; under graph ${graphId} a ${expected} was expected.`;
  report('kind_mismatch', detail, { move: sequence });
}

/** Checks that every migration has an event that agrees with the rows. Skipped if events are missing. */
export function auditVersions(record: TicketRecord, versions: WorkflowVersions, report: Report): void {
  const { ticket, events } = record;
  if (events.length !== ticket.version) return;
  const eventOf = new Map(events.map((event) => [event.version, event]));
  let position: Position = { phase: ticket.initialPhase, graphId: undefined };
  for (const entry of pathEntriesOf(record)) {
    if ('kept' in entry) position = afterKept(entry.kept, position, versions, report);
    else position = afterRow(entry.move, eventOf.get(entry.move.version), position, versions, report);
  }
  // A graph that is not a workflow version is reported by `auditGraphs` and `auditRules`.
  if (versions.versionOf(ticket.graphId)) {
    auditStatedGraph(position, { graphId: ticket.graphId, subject: 'The ticket is' }, versions, report);
  }
}

/** A migration that kept the phase was made by a plan that keeps it. */
function afterKept(event: EventRow, position: Position, versions: WorkflowVersions, report: Report): Position {
  const plans = possiblePlans(event, position.phase, position.graphId, versions);
  if (plans.length === 0 && event.workflowVersion !== null) {
    const target = `version ${event.workflowVersion}, but no plan keeps ${position.phase}`;
    report('graph_mismatch', `The event of version ${event.version} records a migration to ${target}.`, {
      event: event.version,
    });
  }
  return { ...position, graphId: onlyValue(plans.map(({ to }) => to)) };
}

function afterRow(
  { sequence, graphId, to }: HistoryRow,
  event: EventRow | undefined,
  position: Position,
  versions: WorkflowVersions,
  report: Report,
): Position {
  const row = { move: sequence };
  auditStatedGraph(position, { graphId, subject: `History row ${sequence} was made`, row }, versions, report);
  const plan = versions.plans.planOf(graphId);
  const version = versions.versionOf(plan?.to ?? graphId)?.version;
  if (plan !== undefined && event?.type === 'migrated' && (event.workflowVersion ?? version) !== version) {
    const migrated = `history row ${sequence} migrated it to version ${version}`;
    const detail = `The event of version ${event.version} names workflow version ${event.workflowVersion}; ${migrated}.`;
    report('event_mismatch', detail, { event: event.version });
  }
  return { phase: to, graphId: plan?.to ?? graphId };
}

/** Checks that a row or the ticket has the graph that the events lead to. */
function auditStatedGraph(
  { phase, graphId }: Position,
  { graphId: stated, subject, row }: StatedGraph,
  { plans }: WorkflowVersions,
  report: Report,
): void {
  const start = plans.planOf(stated)?.from ?? stated;
  if (graphId === undefined || start === graphId) return;
  const detail = `${subject} under graph ${stated}; according to its events it was still under graph ${graphId}`;
  if (plans.leads(graphId, stated, phase)) report('migration_untold', `${detail}.`, row);
  else report('graph_mismatch', `${detail}, which does not lead there.`, row);
}
