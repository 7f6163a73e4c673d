import type { WorkflowMigration } from './workflow-migration.entity';

/** The progress of a run. */
export type MigrationProgress = Pick<
  WorkflowMigration,
  'moved' | 'kept' | 'skipped' | 'pass' | 'lookedUntil' | 'passDone' | 'passHeld' | 'passSkipped'
> & { readonly isFinished: boolean };

/** The result of one batch. */
export interface BatchResult {
  /** Tickets that were migrated to another phase. */
  readonly moved: number;
  /** Tickets that were migrated and kept their phase. */
  readonly kept: number;
  /** Tickets that another transaction has locked; the next pass migrates them. */
  readonly held: number;
  /** Tickets that cannot be migrated. */
  readonly skipped: number;
  /** The last ticket that was scanned; null: none yet in this pass. */
  readonly until: string | null;
  /** True if no ticket follows that one. */
  readonly isEnd: boolean;
}

/**
 * Returns the progress of a run after one more batch. Tickets of the old version may be created or restored behind the scan,
 * so a run ends only with a pass that finds nothing to migrate.
 */
export function advance(before: Omit<MigrationProgress, 'isFinished'>, batch: BatchResult): MigrationProgress {
  const after = {
    moved: before.moved + batch.moved,
    kept: before.kept + batch.kept,
    skipped: before.skipped,
    pass: before.pass,
    lookedUntil: batch.until,
    passDone: before.passDone + batch.moved + batch.kept,
    passHeld: before.passHeld + batch.held,
    passSkipped: before.passSkipped + batch.skipped,
    isFinished: false,
  };
  if (!batch.isEnd) return after;
  const ended = { ...after, skipped: after.passSkipped };
  if (after.passDone + after.passHeld === 0) return { ...ended, isFinished: true };
  return { ...ended, pass: after.pass + 1, lookedUntil: null, passDone: 0, passHeld: 0, passSkipped: 0 };
}
