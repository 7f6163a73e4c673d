import { createHash } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { Reader } from '../database/reader';
import type { CompleteWorkflow } from '../machine/workflow';

/** Whose a workflow is, and which of its versions this is. */
export interface VersionRow {
  readonly graphId: number;
  readonly key: string;
  readonly version: number;
  /** The only project whose tickets may use it; null: all may. */
  readonly projectId: string | null;
  readonly createdAt: Date;
}

/** A version with all that it consists of. */
export interface StoredWorkflow extends VersionRow {
  readonly definition: CompleteWorkflow;
}

const VERSION = `
  graphs.id AS "graphId", graphs.workflow AS key, graphs.version, workflows.project_id AS "projectId",
  graphs.created_at AS "createdAt"`;

const STORED = `graphs JOIN workflows ON workflows.key = graphs.workflow AND graphs.definition IS NOT NULL`;

/** Which version it is; its newest one where none is named. Undefined: there is none. */
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

/** All versions of a workflow. */
export function listVersions(manager: EntityManager, key: string): Promise<VersionRow[]> {
  return manager.query(`SELECT ${VERSION} FROM ${STORED} WHERE workflow = $1 ORDER BY version`, [key]);
}

/** The versions that these graphs are. Plans, and graphs without a definition, are none. */
export function readVersions(reader: Reader, graphIds: readonly number[]): Promise<StoredWorkflow[]> {
  return reader.query(`SELECT ${VERSION}, definition FROM ${STORED} WHERE graphs.id = ANY ($1::integer[])`, [graphIds]);
}

/** A workflow as lists show it: its newest version, without its phases. */
export interface WorkflowSummary extends VersionRow {
  readonly title: string;
  readonly phases: number;
  readonly transitions: number;
}

/**
 * Workflows by key, each in its newest version.
 *
 * @param projectId the only project whose workflows are wanted, besides those that are everybody's; null: all
 */
export function listNewest(
  manager: EntityManager,
  { after, limit, projectId }: { after: string; limit: number; projectId: string | null },
): Promise<WorkflowSummary[]> {
  return manager.query(
    `SELECT ${VERSION}, definition->>'title' AS title, json_array_length(definition->'phases') AS phases,
            json_array_length(definition->'transitions') AS transitions
       FROM workflows
       CROSS JOIN LATERAL (SELECT * FROM graphs WHERE workflow = workflows.key AND graphs.definition IS NOT NULL
                             ORDER BY version DESC LIMIT 1) AS graphs
       WHERE workflows.key > $1 AND ($3::uuid IS NULL OR workflows.project_id IS NULL OR workflows.project_id = $3)
       ORDER BY workflows.key LIMIT $2`,
    [after, limit, projectId],
  );
}

/** What came of storing a definition. */
export interface Storing {
  readonly stored: VersionRow;
  /** False: it is a version already. */
  readonly isNew: boolean;
}

/** When something was created, as RFC 3339. Null: now. */
export interface CreationTimes {
  readonly workflow: string | null;
  readonly version: string | null;
}

/**
 * Stores a sound definition as the next version of its workflow, unless it is one already. Whoever stores versions of one
 * workflow at the same time waits for each other, so that their numbers have no gap.
 *
 * @param projectId whose the workflow becomes, where it is new
 * @param created for what was created elsewhere, before
 */
export async function storeVersion(
  manager: EntityManager,
  definition: CompleteWorkflow,
  projectId: string | null,
  created: CreationTimes = { workflow: null, version: null },
): Promise<Storing> {
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
  return { stored: stored!, isNew: same === undefined };
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
