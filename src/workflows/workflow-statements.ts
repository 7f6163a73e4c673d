import { createHash } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { withinBytes } from '../database/keyset-page';
import type { Reader } from '../database/reader';
import { BUDGETS } from '../http/server/limits';
import type { CompleteWorkflow } from '../machine/workflow';

/** A workflow version without its definition. */
export interface VersionRow {
  readonly graphId: number;
  readonly key: string;
  readonly version: number;
  /** The only project whose tickets can use the workflow; null for all projects. */
  readonly projectId: string | null;
  readonly createdAt: Date;
}

/** A workflow version with its definition. */
export interface StoredWorkflow extends VersionRow {
  readonly definition: CompleteWorkflow;
}

/** A workflow version as it is read. */
export interface ReadWorkflow extends StoredWorkflow {
  /** The size of the definition. */
  readonly bytes: number;
}

const VERSION = `
  graphs.id AS "graphId", graphs.workflow AS key, graphs.version, workflows.project_id AS "projectId",
  graphs.created_at AS "createdAt"`;

const STORED = `graphs JOIN workflows ON workflows.key = graphs.workflow AND graphs.definition IS NOT NULL`;

/** Finds a version of a workflow, by default its latest version. */
export async function findVersion(
  manager: EntityManager,
  key: string,
  version?: number,
): Promise<VersionRow | undefined> {
  const [row] = await manager.query<VersionRow[]>(
    `SELECT ${VERSION} FROM ${STORED} WHERE workflow = $1 AND version = coalesce($2, version) ORDER BY version DESC LIMIT 1`,
    [key, version ?? null],
  );
  return row;
}

/** Lists the versions of a workflow. */
export function listVersions(manager: EntityManager, key: string): Promise<VersionRow[]> {
  return manager.query(`SELECT ${VERSION} FROM ${STORED} WHERE workflow = $1 ORDER BY version`, [key]);
}

/**
 * Finds the phases whose ids equal a text regardless of case, in the versions of a workflow or in all that a caller can see.
 *
 * @param projectId the project that the caller is limited to; null: none
 */
export async function findPhases(
  reader: Reader,
  phase: string,
  graphIds: readonly number[] | null,
  projectId: string | null,
): Promise<string[]> {
  const rows = await reader.query<{ id: string }[]>(
    `SELECT DISTINCT phase_id AS id
       FROM graph_phases JOIN graphs ON graphs.id = graph_id JOIN workflows ON workflows.key = graphs.workflow
      WHERE lower(phase_id) = lower($1) AND ($2::integer[] IS NULL OR graph_id = ANY ($2))
        AND ($3::uuid IS NULL OR workflows.project_id IS NULL OR workflows.project_id = $3) ORDER BY 1`,
    [phase, graphIds, projectId],
  );
  return rows.map(({ id }) => id);
}

/** Returns the size of the definition of each version, in bytes. Plans and rows without a definition are left out. */
export function readSizes(reader: Reader, graphIds: readonly number[]): Promise<{ graphId: number; bytes: number }[]> {
  return reader.query(
    `SELECT id AS "graphId", octet_length(definition::text) AS bytes FROM graphs
      WHERE id = ANY ($1::integer[]) AND definition IS NOT NULL`,
    [graphIds],
  );
}

/** The key and the number of a version. */
export type VersionName = Pick<VersionRow, 'graphId' | 'key' | 'version'>;

/** Reads the names of graphs by id. A ticket that SQL has put under a plan has the plan's name. */
export function readNames(reader: Reader, graphIds: readonly number[]): Promise<VersionName[]> {
  return reader.query(`SELECT id AS "graphId", workflow AS key, version FROM graphs WHERE id = ANY ($1::integer[])`, [
    graphIds,
  ]);
}

/** Reads versions by id. Plans and rows without a definition are left out. */
export function readVersions(reader: Reader, graphIds: readonly number[]): Promise<ReadWorkflow[]> {
  const text = `SELECT ${VERSION}, definition, octet_length(definition::text) AS bytes FROM ${STORED}
    WHERE graphs.id = ANY ($1::integer[])`;
  return reader.query(text, [graphIds]);
}

/** Counts the versions of all workflows of a project. */
export async function countVersions(manager: EntityManager, projectId: string): Promise<number> {
  const [{ versions }] = await manager.query<[{ versions: number }]>(
    `SELECT count(*)::integer AS versions FROM workflows JOIN graphs ON graphs.workflow = workflows.key
      WHERE project_id = $1`,
    [projectId],
  );
  return versions;
}

/** The latest version of a workflow, with counts instead of its phases and transitions. */
export interface WorkflowSummary extends VersionRow {
  readonly title: string;
  readonly phases: number;
  readonly transitions: number;
}

/**
 * Lists workflows by key, each with its latest version. Phases and transitions are counted in their tables: a definition that
 * SQL has broken must not fail the list, and only a readable one has phases there.
 *
 * @param projectId returns only the workflows of this project and those for all projects; null for all workflows
 */
export function listNewest(
  manager: EntityManager,
  { after, limit, projectId }: { after: string; limit: number; projectId: string | null },
): Promise<WorkflowSummary[]> {
  const newest = withinBytes({
    rows: `SELECT ${VERSION}, definition FROM workflows
             CROSS JOIN LATERAL (SELECT * FROM graphs WHERE workflow = workflows.key AND graphs.definition IS NOT NULL
                                   ORDER BY version DESC LIMIT 1) AS graphs
             WHERE workflows.key > $1 AND ($3::uuid IS NULL OR workflows.project_id IS NULL OR workflows.project_id = $3)
             ORDER BY workflows.key LIMIT $2`,
    order: 'key',
    size: 'pg_column_size(definition)',
    bytes: BUDGETS.definitions,
  });
  return manager.query(
    `SELECT "graphId", key, version, "projectId", "createdAt", "hasNext", phases, transitions,
            coalesce(CASE WHEN phases > 0 THEN definition->>'title' END, key) AS title
       FROM (${newest}) AS newest
       CROSS JOIN LATERAL (SELECT count(*)::integer AS phases FROM graph_phases WHERE graph_id = "graphId") AS listed
       CROSS JOIN LATERAL (SELECT count(*)::integer AS transitions FROM graph_edges WHERE graph_id = "graphId") AS edges
      ORDER BY key`,
    [after, limit, projectId],
  );
}

/** The version of a stored definition. */
export interface VersionOutcome {
  readonly stored: VersionRow;
  /** False if an identical version existed. */
  readonly isNew: boolean;
}

/** Creation times in RFC 3339; null for now. */
export interface CreationTimes {
  readonly workflow: string | null;
  readonly version: string | null;
}

/**
 * Stores a valid definition as the next version of its workflow, unless an identical version exists. Locks the workflow, so
 * that concurrent calls number their versions without gaps.
 *
 * @param projectId the project of the workflow, if the workflow is new
 * @param created creation times of an imported workflow
 */
export async function storeVersion(
  manager: EntityManager,
  definition: CompleteWorkflow,
  projectId: string | null,
  created: CreationTimes = { workflow: null, version: null },
): Promise<VersionOutcome> {
  const { key } = definition;
  const text = JSON.stringify(definition);
  const digest = createHash('sha256').update(text).digest();
  await manager.query(
    `INSERT INTO workflows (key, project_id, created_at) VALUES ($1, $2, coalesce($3, clock_timestamp()))
       ON CONFLICT DO NOTHING`,
    [key, projectId, created.workflow],
  );
  await manager.query('SELECT FROM workflows WHERE key = $1 FOR UPDATE', [key]);
  const [same] = await manager.query<{ version: number }[]>(
    'SELECT version FROM graphs WHERE workflow = $1 AND digest = $2 ORDER BY version DESC LIMIT 1',
    [key, digest],
  );
  if (same === undefined) await insertVersion(manager, definition, { text, digest, createdAt: created.version });
  const stored = await findVersion(manager, key, same?.version);
  if (stored === undefined) throw new Error(`Workflow ${key} has no version after storing one`);
  return { stored, isNew: same === undefined };
}

async function insertVersion(
  manager: EntityManager,
  { key, transitions }: CompleteWorkflow,
  { text, digest, createdAt }: { text: string; digest: Buffer; createdAt: string | null },
): Promise<void> {
  const [{ id }] = await manager.query<[{ id: number }]>(
    `INSERT INTO graphs (workflow, version, definition, digest, created_at)
       SELECT $1::varchar, coalesce(max(version), 0) + 1, $2::json, $3, coalesce($4, clock_timestamp())
         FROM graphs WHERE workflow = $1 RETURNING id`,
    [key, text, digest, createdAt],
  );
  await manager.query(
    `INSERT INTO graph_edges (graph_id, from_phase, to_phase) SELECT $1, * FROM unnest($2::varchar[], $3::varchar[])`,
    [id, transitions.map(({ from }) => from), transitions.map(({ to }) => to)],
  );
}
