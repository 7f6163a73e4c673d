import type { WorkflowMigration } from './workflow-migration.entity';

/** How far a run has come. */
export type Progress = Pick<
  WorkflowMigration,
  'moved' | 'kept' | 'skipped' | 'pass' | 'lookedUntil' | 'passDone' | 'passHeld' | 'passSkipped'
> & { readonly isFinished: boolean };

/** What one batch did. */
export interface Step {
  readonly moved: number;
  readonly kept: number;
  /** Tickets that somebody else holds, and that are left for the next pass. */
  readonly held: number;
  /** Tickets that cannot go over. */
  readonly skipped: number;
  /** The last ticket that it has looked at; null: none yet in this pass. */
  readonly until: string | null;
  /** Whether there is no ticket after that one. */
  readonly isEnd: boolean;
}

/**
 * How far a run has come after one batch more. Behind a pass that is under way tickets may be created or restored under
 * the old version, so a run ends with a pass that has found nothing to do, and not before.
 */
export function advance(before: Omit<Progress, 'isFinished'>, step: Step): Progress {
  const after = {
    moved: before.moved + step.moved,
    kept: before.kept + step.kept,
    skipped: before.skipped,
    pass: before.pass,
    lookedUntil: step.until,
    passDone: before.passDone + step.moved + step.kept,
    passHeld: before.passHeld + step.held,
    passSkipped: before.passSkipped + step.skipped,
    isFinished: false,
  };
  if (!step.isEnd) return after;
  const ended = { ...after, skipped: after.passSkipped };
  if (after.passDone + after.passHeld === 0) return { ...ended, isFinished: true };
  return { ...ended, pass: after.pass + 1, lookedUntil: null, passDone: 0, passHeld: 0, passSkipped: 0 };
}
