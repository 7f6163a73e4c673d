import { possiblePlans, type PathEntry, pathEntriesOf } from '../../../audit/ticket-path';
import type { HistoryRow } from '../../../audit/ticket-record';
import type { ExportPreamble } from './export-preamble';
import type { LineOf } from './export-line';
import { type ExportRecord, ticketRecordOf, type Written } from './record';
import type { RecordContinuation } from './record-continuation';

/**
 * A change of a stored ticket that the database accepts in one statement: the resulting ticket, and the transitions
 * that lead there.
 */
export interface RecordStage {
  readonly ticket: LineOf<'ticket'>;
  readonly moves: readonly Written<'move'>[];
}

/** The phase and graph of a ticket at some point of its history. */
interface Position {
  readonly graphId: number;
  readonly phase: string;
  readonly previousPhase: string | null;
  readonly transitionCount: number;
  readonly enteredAt: string;
  readonly version: number;
}

/**
 * Splits a continuation into stages. The database migrates a ticket along one plan at a time, so every migration is a
 * stage of its own; all transitions between two migrations form one stage.
 */
export function stagesOf(
  record: ExportRecord,
  { from, moves, events }: RecordContinuation,
  preamble: ExportPreamble,
): RecordStage[] {
  const ticketRecord = ticketRecordOf({ ticket: record.ticket, moves, events }, preamble);
  const steps = pathEntriesOf(ticketRecord);
  const stages: RecordStage[] = [];
  let position = positionOf(from, preamble);
  let pending: Written<'move'>[] = [];
  let written = { ticket: from, step: 0 };
  const close = (step: number): void => {
    // A version that no step of the stage made is an edit. The database accepts new values only with one.
    const hasEdits = position.version - written.ticket.version > step - written.step;
    const ticket = ticketLineAt(hasEdits ? record.ticket.value : written.ticket, position, preamble);
    stages.push({ ticket, moves: pending });
    written = { ticket, step };
    pending = [];
  };
  for (const [i, step] of steps.entries()) {
    const isMigration = 'kept' in step || step.move.kind === 'migration';
    if (isMigration && pending.length > 0) close(i);
    if ('move' in step) pending.push(moveAt(moves, step.move.sequence - from.transition_count - 1));
    position = afterStep(step, position, nextGraph(steps, i, ticketRecord.ticket.graphId), preamble);
    if (isMigration) close(i + 1);
  }
  if (pending.length > 0 || stages.length === 0) close(steps.length);
  // Changes outside the history, such as the title, come with the last stage.
  const last = stages.at(-1);
  return stages.map((stage) => (stage === last ? { ticket: record.ticket.value, moves: stage.moves } : stage));
}

function moveAt(moves: RecordContinuation['moves'], index: number): Written<'move'> {
  const move = moves[index];
  if (move === undefined) throw new RangeError(`The continuation has no transition ${index + 1}.`);
  return move;
}

function positionOf(line: LineOf<'ticket'>, preamble: ExportPreamble): Position {
  return {
    graphId: preamble.graphIdIn(line),
    phase: line.phase_id,
    previousPhase: line.previous_phase_id,
    transitionCount: line.transition_count,
    enteredAt: line.phase_entered_at,
    version: line.version,
  };
}

function afterStep(step: PathEntry, position: Position, next: number, preamble: ExportPreamble): Position {
  const { plans } = preamble.rulebook;
  if ('move' in step) return afterMove(step.move, plans.planOf(step.move.graphId)?.to ?? step.move.graphId);
  // The event does not name the plan; the next graph of the ticket identifies it.
  const found = possiblePlans(step.kept, position.phase, position.graphId, preamble.rulebook);
  const plan = found.find(({ to }) => plans.leads(to, next, position.phase)) ?? found[0];
  return { ...position, graphId: plan?.to ?? position.graphId, version: step.kept.version };
}

function afterMove({ from, to, sequence, at, version }: HistoryRow, graphId: number): Position {
  const enteredAt = new Date(at).toISOString();
  return { graphId, phase: to, previousPhase: from, transitionCount: sequence, enteredAt, version };
}

/** Returns the graph of the next transition or, if there is none, the current graph. */
function nextGraph(steps: readonly PathEntry[], i: number, last: number): number {
  const next = steps.slice(i + 1).find((step): step is { move: HistoryRow } => 'move' in step);
  return next?.move.graphId ?? last;
}

/** Returns the ticket in the given position. It is not archived, because archived tickets do not move. */
function ticketLineAt(line: LineOf<'ticket'>, position: Position, preamble: ExportPreamble): LineOf<'ticket'> {
  const { workflow, version } = preamble.graphOf(position.graphId);
  return {
    ...line,
    workflow,
    workflow_version: version,
    phase_id: position.phase,
    previous_phase_id: position.previousPhase,
    transition_count: position.transitionCount,
    phase_entered_at: position.enteredAt,
    version: position.version,
    archived_at: null,
  };
}
