import type { EntityManager } from 'typeorm';
import type { ActorKind } from '../../access/caller';
import type { Actor } from '../../access/current-caller';
import { uuidv7 } from '../../database/uuid';
import type { MigrationPlan } from '../../machine/migration';
import type { PlannedMigration } from './planned-migration';
import type { WorkflowMigration } from './workflow-migration.entity';

/** A run with the versions that it leads between. */
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
  /** Each phase of the old version with its place in the new one, in the order of the old one. */
  readonly places: readonly (readonly [phase: string, place: string])[];
}

/** What never changes of a run, ready to be worked on. */
export interface MigrationRun {
  readonly id: string;
  readonly planId: number;
  readonly fromGraphId: number;
  readonly toGraphId: number;
  readonly toVersion: number;
  readonly plan: MigrationPlan;
  readonly actor: string;
  readonly actorKind: ActorKind;
}

const ROWS = `
  SELECT run.id, run.plan_id AS "planId", run.from_graph_id AS "fromGraphId", run.tickets, run.moved, run.kept, run.skipped,
         run.actor, run.actor_kind AS "actorKind", run.created_at AS "createdAt", run.finished_at AS "finishedAt",
         plan.to_graph_id AS "toGraphId", old.workflow, old.version AS "fromVersion", next.version AS "toVersion",
         (SELECT json_agg(json_build_array(edge.from_phase, edge.to_phase) ORDER BY phase.place)
            FROM json_array_elements(old.definition->'phases') WITH ORDINALITY AS phase (definition, place)
            JOIN graph_edges edge ON edge.graph_id = plan.id AND edge.from_phase = phase.definition->>'id') AS places
    FROM workflow_migrations run
    JOIN graphs plan ON plan.id = run.plan_id
    JOIN graphs old ON old.id = plan.from_graph_id
    JOIN graphs next ON next.id = plan.to_graph_id`;

/** The run of this id that leads away from one of these graphs. */
export async function findRun(
  manager: EntityManager,
  id: string,
  graphIds: readonly number[],
): Promise<MigrationRow | undefined> {
  const text = `${ROWS} WHERE run.id = $1 AND run.from_graph_id = ANY ($2::integer[])`;
  const [row] = await manager.query<MigrationRow[]>(text, [id, graphIds]);
  return row;
}

/** Runs that lead away from these graphs, the newest first. @param before the id that the page before ended with */
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

/** The run that leads away from a graph and is not finished yet. */
export async function findUnfinished(manager: EntityManager, graphId: number): Promise<MigrationRow | undefined> {
  const text = `${ROWS} WHERE run.from_graph_id = $1 AND run.finished_at IS NULL`;
  const [row] = await manager.query<MigrationRow[]>(text, [graphId]);
  return row;
}

/** All runs that are not finished, the oldest first. */
export function readUnfinished(manager: EntityManager): Promise<MigrationRow[]> {
  return manager.query(`${ROWS} WHERE run.finished_at IS NULL ORDER BY run.id`);
}

/** Waits until nobody else plans a run of this workflow, so that there is never more than one that leads away from a version. */
export async function lockPlanning(manager: EntityManager, workflow: string): Promise<void> {
  await manager.query('SELECT FROM workflows WHERE key = $1 FOR NO KEY UPDATE', [workflow]);
}

/** Writes down a run and its plan, which is a graph: its edges lead from each phase to its place, equal ones included. */
export async function insertRun(
  manager: EntityManager,
  { from, to, plan }: PlannedMigration,
  tickets: number,
  { name, actorKind }: Actor,
): Promise<MigrationRow> {
  const [{ planId }] = await manager.query<[{ planId: number }]>(
    `INSERT INTO graphs (workflow, version, kind, from_graph_id, to_graph_id)
       SELECT $1::varchar, coalesce(max(version), 0) + 1, 'migration', $2::integer, $3::integer FROM graphs WHERE workflow = $1
       RETURNING id AS "planId"`,
    [`${from.key} ${from.version}→${to.version}`, from.graphId, to.graphId],
  );
  await manager.query(
    'INSERT INTO graph_edges (graph_id, from_phase, to_phase) SELECT $1, * FROM unnest($2::varchar[], $3::varchar[])',
    [planId, [...plan.places.keys()], [...plan.places.values()]],
  );
  await manager.query(
    `INSERT INTO workflow_migrations (id, plan_id, from_graph_id, tickets, actor, actor_kind) VALUES ($1, $2, $3, $4, $5, $6)`,
    [uuidv7(), planId, from.graphId, tickets, name, actorKind],
  );
  return (await findUnfinished(manager, from.graphId))!;
}
