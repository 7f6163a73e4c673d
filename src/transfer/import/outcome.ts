import type { ContinuePlan, CreatePlan, UnchangedPlan } from './planner';

/** What became of the rows of a ticket that is not in quarantine. */
export interface Outcome {
  readonly ticket: 'created' | 'continued' | 'unchanged';
  /** Rows that were written. */
  readonly written: number;
  /** How many of them are moves. */
  readonly moves: number;
  /** Rows that are stored already. */
  readonly present: number;
  /** Rows that repeat a state, so that there is nothing to write. */
  readonly repeats: number;
  /** Rows whose times were cut to milliseconds. */
  readonly shortened: number;
  readonly title: 'changed' | 'kept' | 'same';
}

/** What a plan comes to when it is carried out. */
export function outcomeOf(plan: CreatePlan | ContinuePlan | UnchangedPlan): Outcome {
  const { repeats, shortened } = plan;
  const moves = plan.kind === 'unchanged' ? 0 : plan.moves.length;
  if (plan.kind === 'create') {
    return { ticket: 'created', written: moves + 1, moves, present: 0, repeats, shortened, title: 'same' };
  }
  const { present, titleKept } = plan;
  const ticket = plan.kind === 'continue' ? 'continued' : 'unchanged';
  const isChanged = plan.kind === 'continue' && plan.title !== null;
  const title = isChanged ? 'changed' : titleKept ? 'kept' : 'same';
  return { ticket, written: moves, moves, present, repeats, shortened, title };
}
