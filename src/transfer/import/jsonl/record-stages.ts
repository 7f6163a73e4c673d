import { plansOf, type Step, stepsOf } from '../../../audit/steps';
import type { MoveRow } from '../../../audit/ticket-record';
import type { ExportPreamble } from './export-frame';
import type { LineOf } from './export-line';
import { type ExportRecord, ticketRecordOf, type Written } from './record';
import type { RecordContinuation } from './record-continuation';

/** A step of a stored ticket that the database takes in one piece: where it stands then, and the moves that led there. */
export interface RecordStage {
  readonly ticket: LineOf<'ticket'>;
  readonly moves: readonly Written<'move'>[];
}

/** Where a ticket stands on its way. */
interface Position {
  readonly graphId: number;
  readonly phase: string;
  readonly previousPhase: string | null;
  readonly transitionCount: number;
}

/**
 * Cuts what is added to a ticket into steps. A ticket goes over to another graph only along one plan at a time, from where it
 * stands, so every migration is a step of its own; all moves between two of them are one.
 */
export function stagesOf(
  record: ExportRecord,
  { from, moves, events }: RecordContinuation,
  preamble: ExportPreamble,
): RecordStage[] {
  const ticketRecord = ticketRecordOf({ ticket: record.ticket, moves, events }, preamble);
  const steps = stepsOf(ticketRecord);
  const stages: RecordStage[] = [];
  let position = positionOf(from, preamble);
  let led: Written<'move'>[] = [];
  const close = (): void => {
    stages.push({ ticket: lineAt(record.ticket.value, position, preamble), moves: led });
    led = [];
  };
  for (const [i, step] of steps.entries()) {
    const isMigration = 'kept' in step || step.move.kind === 'migration';
    if (isMigration && led.length > 0) close();
    if ('move' in step) led.push(moves[step.move.sequence - from.transition_count - 1]!);
    position = afterStep(step, position, nextGraph(steps, i, ticketRecord.ticket.graphId), preamble);
    if (isMigration) close();
  }
  if (led.length > 0 || stages.length === 0) close();
  // What is no matter of steps, such as the title, comes with the last one at the latest.
  const last = stages.pop()!;
  return [...stages, { ...last, ticket: record.ticket.value }];
}

function positionOf(line: LineOf<'ticket'>, preamble: ExportPreamble): Position {
  return {
    graphId: preamble.graphIdOf(line.workflow, line.workflow_version) ?? 0,
    phase: line.phase_id,
    previousPhase: line.previous_phase_id,
    transitionCount: line.transition_count,
  };
}

function afterStep(step: Step, position: Position, next: number, preamble: ExportPreamble): Position {
  const { plans } = preamble.rulebook;
  if ('move' in step) return afterMove(step.move, plans.planOf(step.move.graphId)?.to ?? step.move.graphId);
  // It is not written down by which plan; the ticket went on under a graph that the right one leads to.
  const found = plansOf(step.kept, position.phase, position.graphId, preamble.rulebook);
  const plan = found.find(({ to }) => plans.lead(to, next, position.phase)) ?? found[0];
  return { ...position, graphId: plan?.to ?? position.graphId };
}

function afterMove({ from, to, sequence }: MoveRow, graphId: number): Position {
  return { graphId, phase: to, previousPhase: from, transitionCount: sequence };
}

/** The graph that the ticket was under when it moved next, or is under now. */
function nextGraph(steps: readonly Step[], i: number, last: number): number {
  const next = steps.slice(i + 1).find((step): step is { move: MoveRow } => 'move' in step);
  return next?.move.graphId ?? last;
}

/** The ticket's line, but that it stands where it stood then. */
function lineAt(line: LineOf<'ticket'>, position: Position, preamble: ExportPreamble): LineOf<'ticket'> {
  const { workflow, version } = preamble.graphOf(position.graphId);
  return {
    ...line,
    workflow,
    workflow_version: version,
    phase_id: position.phase,
    previous_phase_id: position.previousPhase,
    transition_count: position.transitionCount,
  };
}
