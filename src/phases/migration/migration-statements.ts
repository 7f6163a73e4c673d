import type { EntityManager } from 'typeorm';
import { writeRecords } from '../phase.statements';
import type { MigratedTicket } from './migrated-ticket';
import type { Progress } from './migration-progress';
import type { MigrationRun } from './migration-run';

/** How far a run had come when it was taken. */
export type TakenRun = Omit<Progress, 'isFinished'>;

/** Takes a run for this transaction, if it is not finished and nobody else is at it. Nobody ever waits for a run. */
export async function takeRun(manager: EntityManager, id: string): Promise<TakenRun | undefined> {
  const [run] = await manager.query<TakenRun[]>(
    `SELECT moved, kept, skipped, pass, looked_until AS "lookedUntil", pass_done AS "passDone", pass_held AS "passHeld",
            pass_skipped AS "passSkipped"
       FROM workflow_migrations WHERE id = $1 AND finished_at IS NULL FOR NO KEY UPDATE SKIP LOCKED`,
    [id],
  );
  return run;
}

/** Writes down how far a run has come. */
export async function saveProgress(manager: EntityManager, id: string, progress: Progress): Promise<void> {
  const { moved, kept, skipped, pass, lookedUntil, passDone, passHeld, passSkipped, isFinished } = progress;
  await manager.query(
    `UPDATE workflow_migrations
        SET moved = $2, kept = $3, skipped = $4, pass = $5, looked_until = $6, pass_done = $7, pass_held = $8,
            pass_skipped = $9, finished_at = CASE WHEN $10 THEN clock_timestamp() END
      WHERE id = $1`,
    [id, moved, kept, skipped, pass, lookedUntil, passDone, passHeld, passSkipped, isFinished],
  );
}

/** Writes migrated tickets with their events, and a history row for each whose phase changed. */
export async function writeMigrated(
  manager: EntityManager,
  { planId, toGraphId, toVersion, actor, actorKind }: MigrationRun,
  migrated: readonly MigratedTicket[],
): Promise<void> {
  const changed = migrated.map(({ ticket }) => ({
    id: ticket.id,
    graph_id: toGraphId,
    phase_id: ticket.phaseId,
    previous_phase_id: ticket.previousPhaseId,
    resume_phase_id: ticket.resumePhaseId,
    phase_entered_at: ticket.phaseEnteredAt,
    transition_count: ticket.transitionCount,
    version: ticket.version,
    updated_at: ticket.updatedAt,
    is_phase_only: true,
  }));
  const moved = migrated.filter(({ rowId }) => rowId !== null);
  const moves = moved.map(({ ticket, rowId, at }) => ({
    ticket_id: ticket.id,
    sequence: ticket.transitionCount,
    id: rowId,
    from_phase: ticket.previousPhaseId,
    to_phase: ticket.phaseId,
    transitioned_by: actor,
    actor_kind: actorKind,
    kind: 'migration',
    graph_id: planId,
    version: ticket.version,
    created_at: at,
  }));
  const events = migrated.map(({ ticket, rowId, at }) => ({
    ticket_id: ticket.id,
    version: ticket.version,
    event_type: 'migrated',
    actor,
    actor_kind: actorKind,
    at,
    sequence: rowId === null ? null : ticket.transitionCount,
    changes: { workflow_version: toVersion },
  }));
  const { text, values } = writeRecords({
    changed: JSON.stringify(changed),
    moves: JSON.stringify(moves),
    events: JSON.stringify(events),
  });
  await manager.query(text, values);
}
