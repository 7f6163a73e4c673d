import { plansOf, type Step, stepsOf } from '../../../audit/steps';
import type { MoveRow } from '../../../audit/ticket-record';
import type { ExportFrame } from './export-frame';
import type { LineOf } from './export-line';
import { type Past, recordOf, type Written } from './record';
import type { PastContinuation } from './record-continuation';

/** A step of a stored ticket that the database takes in one piece: where it stands then, and the moves that led there. */
export interface Stage {
  readonly ticket: LineOf<'ticket'>;
  readonly moves: readonly Written<'move'>[];
}

/** Where a ticket stands on its way. */
interface Standing {
  readonly graphId: number;
  readonly phase: string;
  readonly previousPhase: string | null;
  readonly transitionCount: number;
}

/**
 * Cuts what is added to a ticket into steps. A ticket goes over to another graph only along one plan at a time, from where it
 * stands, so every migration is a step of its own; all moves between two of them are one.
 */
export function stagesOf(past: Past, { from, moves, events }: PastContinuation, frame: ExportFrame): Stage[] {
  const record = recordOf({ ticket: past.ticket, moves, events }, frame);
  const steps = stepsOf(record);
  const stages: Stage[] = [];
  let standing = standingOf(from, frame);
  let led: Written<'move'>[] = [];
  const close = (): void => {
    stages.push({ ticket: lineAt(past.ticket.value, standing, frame), moves: led });
    led = [];
  };
  for (const [i, step] of steps.entries()) {
    const isMigration = 'kept' in step || step.move.kind === 'migration';
    if (isMigration && led.length > 0) close();
    if ('move' in step) led.push(moves[step.move.sequence - from.transition_count - 1]!);
    standing = afterStep(step, standing, nextGraph(steps, i, record.ticket.graphId), frame);
    if (isMigration) close();
  }
  if (led.length > 0 || stages.length === 0) close();
  // What is no matter of steps, such as the title, comes with the last one at the latest.
  const last = stages.pop()!;
  return [...stages, { ...last, ticket: past.ticket.value }];
}

function standingOf(line: LineOf<'ticket'>, frame: ExportFrame): Standing {
  return {
    graphId: frame.graphIdOf(line.workflow, line.workflow_version) ?? 0,
    phase: line.phase_id,
    previousPhase: line.previous_phase_id,
    transitionCount: line.transition_count,
  };
}

function afterStep(step: Step, standing: Standing, next: number, frame: ExportFrame): Standing {
  const { plans } = frame.rulebook;
  if ('move' in step) return afterMove(step.move, plans.planOf(step.move.graphId)?.to ?? step.move.graphId);
  // It is not written down by which plan; the ticket went on under a graph that the right one leads to.
  const found = plansOf(step.kept, standing.phase, standing.graphId, frame.rulebook);
  const plan = found.find(({ to }) => plans.lead(to, next, standing.phase)) ?? found[0];
  return { ...standing, graphId: plan?.to ?? standing.graphId };
}

function afterMove({ from, to, sequence }: MoveRow, graphId: number): Standing {
  return { graphId, phase: to, previousPhase: from, transitionCount: sequence };
}

/** The graph that the ticket was under when it moved next, or is under now. */
function nextGraph(steps: readonly Step[], i: number, last: number): number {
  const next = steps.slice(i + 1).find((step): step is { move: MoveRow } => 'move' in step);
  return next?.move.graphId ?? last;
}

/** The ticket's line, but that it stands where it stood then. */
function lineAt(line: LineOf<'ticket'>, standing: Standing, frame: ExportFrame): LineOf<'ticket'> {
  const { workflow, version } = frame.graphOf(standing.graphId);
  return {
    ...line,
    workflow,
    workflow_version: version,
    phase_id: standing.phase,
    previous_phase_id: standing.previousPhase,
    transition_count: standing.transitionCount,
  };
}
