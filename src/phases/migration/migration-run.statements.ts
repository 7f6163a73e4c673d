import type { EntityManager } from 'typeorm';
import type { Actor } from '../../access/caller';
import { uuidv7 } from '../../database/storable';
import type { MigrationPlan } from '../../machine/migration';
import type { StoredWorkflow } from '../../workflows/workflow-statements';
import type { MigrationProgress } from './migration-progress';
import type { WorkflowMigration } from './workflow-migration.entity';

/** A run with the two versions of its workflow. */
export interface MigrationRow extends Pick<
  WorkflowMigration,
  | 'id'
  | 'planId'
  | 'fromGraphId'
  | 'tickets'
  | 'moved'
  | 'kept'
  | 'skipped'
  | 'actor'
  | 'actorKind'
  | 'createdAt'
  | 'finishedAt'
> {
  readonly toGraphId: number;
  readonly workflow: string;
  readonly fromVersion: number;
  readonly toVersion: number;
  /** Each phase of the old version with its phase in the new one, in the order of the old version. */
  readonly phases: readonly (readonly [from: string, to: string])[];
}

/** The versions of a migration, and the plan between them. */
export interface PlannedMigration {
  readonly from: StoredWorkflow;
  readonly to: StoredWorkflow;
  readonly plan: MigrationPlan;
}

const ROWS = `
  SELECT run.id, run.plan_id AS "planId", run.from_graph_id AS "fromGraphId", run.tickets, run.moved, run.kept, run.skipped,
         run.actor, run.actor_kind AS "actorKind", run.created_at AS "createdAt", run.finished_at AS "finishedAt",
         plan.to_graph_id AS "toGraphId", old.workflow, old.version AS "fromVersion", next.version AS "toVersion",
         (SELECT json_agg(json_build_array(edge.from_phase, edge.to_phase) ORDER BY phase.position)
            FROM json_array_elements(old.definition->'phases') WITH ORDINALITY AS phase (definition, position)
            JOIN graph_edges edge ON edge.graph_id = plan.id AND edge.from_phase = phase.definition->>'id') AS phases
    FROM workflow_migrations run
    JOIN graphs plan ON plan.id = run.plan_id
    JOIN graphs old ON old.id = plan.from_graph_id
    JOIN graphs next ON next.id = plan.to_graph_id`;

/** Returns the run with this id, if it migrates tickets of one of these versions. */
export async function findRun(
  manager: EntityManager,
  id: string,
  graphIds: readonly number[],
): Promise<MigrationRow | undefined> {
  const text = `${ROWS} WHERE run.id = $1 AND run.from_graph_id = ANY ($2::integer[])`;
  const [row] = await manager.query<MigrationRow[]>(text, [id, graphIds]);
  return row;
}

/**
 * Lists the runs that migrate tickets of these versions, newest first.
 *
 * @param before the last id of the page before
 */
export function listRuns(
  manager: EntityManager,
  graphIds: readonly number[],
  limit: number,
  before?: string,
): Promise<MigrationRow[]> {
  const text = `${ROWS} WHERE run.from_graph_id = ANY ($1::integer[]) AND ($2::uuid IS NULL OR run.id < $2)
    ORDER BY run.id DESC LIMIT $3`;
  return manager.query(text, [graphIds, before ?? null, limit]);
}

/** Returns the unfinished run that migrates tickets of a version, if there is one. */
export async function findUnfinished(manager: EntityManager, graphId: number): Promise<MigrationRow | undefined> {
  const text = `${ROWS} WHERE run.from_graph_id = $1 AND run.finished_at IS NULL`;
  const [row] = await manager.query<MigrationRow[]>(text, [graphId]);
  return row;
}

/** Lists all unfinished runs, oldest first. */
export function listUnfinished(manager: EntityManager): Promise<MigrationRow[]> {
  return manager.query(`${ROWS} WHERE run.finished_at IS NULL ORDER BY run.id`);
}

/** Locks a workflow, so that no two runs of one version are created at once. */
export async function lockPlanning(manager: EntityManager, workflow: string): Promise<void> {
  await manager.query('SELECT FROM workflows WHERE key = $1 FOR NO KEY UPDATE', [workflow]);
}

/** Inserts a run and its plan. The plan is a graph whose edges map each phase, also to the phase of the same name. */
export async function insertRun(
  manager: EntityManager,
  { from, to, plan }: PlannedMigration,
  tickets: number,
  { name, actorKind }: Actor,
): Promise<MigrationRow> {
  const id = uuidv7();
  const [{ planId }] = await manager.query<[{ planId: number }]>(
    `INSERT INTO graphs (workflow, version, kind, from_graph_id, to_graph_id)
       SELECT $1::varchar, coalesce(max(version), 0) + 1, 'migration', $2::integer, $3::integer FROM graphs WHERE workflow = $1
       RETURNING id AS "planId"`,
    [`${from.key} ${from.version}→${to.version}`, from.graphId, to.graphId],
  );
  await manager.query(
    'INSERT INTO graph_edges (graph_id, from_phase, to_phase) SELECT $1, * FROM unnest($2::varchar[], $3::varchar[])',
    [planId, [...plan.mapping.keys()], [...plan.mapping.values()]],
  );
  await manager.query(
    `INSERT INTO workflow_migrations (id, plan_id, from_graph_id, tickets, actor, actor_kind) VALUES ($1, $2, $3, $4, $5, $6)`,
    [id, planId, from.graphId, tickets, name, actorKind],
  );
  const [run] = await manager.query<[MigrationRow]>(`${ROWS} WHERE run.id = $1`, [id]);
  return run;
}

/** The progress of a run when a transaction locked it. */
export type LockedRun = Omit<MigrationProgress, 'isFinished'>;

/** Locks an unfinished run without waiting; undefined if it is finished or another transaction has it. */
export async function lockRun(manager: EntityManager, id: string): Promise<LockedRun | undefined> {
  const [run] = await manager.query<LockedRun[]>(
    `SELECT moved, kept, skipped, pass, looked_until AS "lookedUntil", pass_done AS "passDone", pass_held AS "passHeld",
            pass_skipped AS "passSkipped"
       FROM workflow_migrations WHERE id = $1 AND finished_at IS NULL FOR NO KEY UPDATE SKIP LOCKED`,
    [id],
  );
  return run;
}

/** Stores the progress of a locked run. */
export async function saveProgress(manager: EntityManager, id: string, progress: MigrationProgress): Promise<void> {
  const { moved, kept, skipped, pass, lookedUntil, passDone, passHeld, passSkipped, isFinished } = progress;
  await manager.query(
    `UPDATE workflow_migrations
        SET moved = $2, kept = $3, skipped = $4, pass = $5, looked_until = $6, pass_done = $7, pass_held = $8,
            pass_skipped = $9, finished_at = CASE WHEN $10 THEN clock_timestamp() END
      WHERE id = $1`,
    [id, moved, kept, skipped, pass, lookedUntil, passDone, passHeld, passSkipped, isFinished],
  );
}
