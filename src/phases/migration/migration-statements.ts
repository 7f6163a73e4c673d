import type { EntityManager } from 'typeorm';
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

/** One statement for all tables: to the database's defence, which looks when a statement ends, nothing is ever unsettled. */
const WRITE_MIGRATED = `
  WITH gone AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::varchar[], $3::varchar[], $4::varchar[], $5::timestamptz[], $6::int[], $7::int[],
        $8::timestamptz[], $9::uuid[], $10::timestamptz[])
      AS ticket (id, phase_id, previous_phase_id, resume_phase_id, phase_entered_at, transition_count, version, updated_at,
        row_id, at)
  ), changed AS (
    UPDATE tickets SET graph_id = $11::int, phase_id = gone.phase_id, previous_phase_id = gone.previous_phase_id,
        resume_phase_id = gone.resume_phase_id, phase_entered_at = gone.phase_entered_at,
        transition_count = gone.transition_count, version = gone.version, updated_at = gone.updated_at
      FROM gone WHERE tickets.id = gone.id
  ), traced AS (
    INSERT INTO ticket_events (ticket_id, version, type, actor, actor_kind, at, sequence, changes)
      SELECT id, version, 'migrated', $12::varchar, $13::varchar, at,
          CASE WHEN row_id IS NOT NULL THEN transition_count END, $14::jsonb FROM gone
  )
  INSERT INTO phase_history (ticket_id, sequence, id, from_phase, to_phase, transitioned_by, actor_kind, kind, graph_id,
      version, created_at)
    SELECT id, transition_count, row_id, previous_phase_id, phase_id, $12, $13, 'migration', $15::int, version, at
      FROM gone WHERE row_id IS NOT NULL`;

/** Writes tickets as they have gone over, with the event of each, and a history row where the phase has changed. */
export async function writeMigrated(
  manager: EntityManager,
  { planId, toGraphId, toVersion, actor, actorKind }: MigrationRun,
  migrated: readonly MigratedTicket[],
): Promise<void> {
  const tickets = migrated.map(({ ticket }) => ticket);
  await manager.query(WRITE_MIGRATED, [
    tickets.map(({ id }) => id),
    tickets.map(({ phaseId }) => phaseId),
    tickets.map(({ previousPhaseId }) => previousPhaseId),
    tickets.map(({ resumePhaseId }) => resumePhaseId),
    tickets.map(({ phaseEnteredAt }) => phaseEnteredAt.toISOString()),
    tickets.map(({ transitionCount }) => transitionCount),
    tickets.map(({ version }) => version),
    tickets.map(({ updatedAt }) => updatedAt.toISOString()),
    migrated.map(({ rowId }) => rowId),
    migrated.map(({ at }) => at.toISOString()),
    toGraphId,
    actor,
    actorKind,
    JSON.stringify({ workflow_version: toVersion }),
    planId,
  ]);
}
