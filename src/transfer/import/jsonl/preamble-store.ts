import type { CompleteWorkflow } from '../../../machine/workflow';
import type { EntityManager } from 'typeorm';
import { SDLC_KEY } from '../../../machine/sdlc';
import { storeVersion } from '../../../workflows/workflow-statements';
import { uuidv7 } from '../../../database/storable';
import { TransferError } from '../../transfer-error';
import {
  definitionOf,
  type ExportPreamble,
  type GraphLine,
  type ProjectLine,
  type WorkflowLine,
} from './export-preamble';

/** The number of rows added; existing rows are not counted. */
export interface StoredPreamble {
  projects: number;
  workflows: number;
  graphs: number;
}

/**
 * Stores the projects, workflows and graphs of an export with their names and numbers, unless they exist already.
 *
 * @param print receives a line for each existing project with another title
 * @throws TransferError when the database has different rows of the same names; the transaction must then be rolled
 *   back
 */
export async function storePreamble(
  manager: EntityManager,
  { lines }: ExportPreamble,
  print: (message: string) => void,
): Promise<StoredPreamble> {
  const stored: StoredPreamble = { projects: 0, workflows: 0, graphs: 0 };
  for (const project of lines.projects) if (await storeProject(manager, project, print)) stored.projects++;
  const workflows = new Map(lines.workflows.map((workflow) => [workflow.key, workflow]));
  for (const workflow of lines.workflows) if (await isNewWorkflow(manager, workflow)) stored.workflows++;
  for (const graph of lines.graphs) {
    if (await storeGraph(manager, graph, workflows.get(graph.workflow))) stored.graphs++;
  }
  return stored;
}

/** @returns true when it was added */
async function storeProject(
  manager: EntityManager,
  line: ProjectLine,
  print: (message: string) => void,
): Promise<boolean> {
  const { id, key, title, created_at, archived_at } = line;
  const [found] = await manager.query<{ id: string; key: string; title: string }[]>(
    'SELECT id, key, title FROM projects WHERE id = $1 OR key = $2 ORDER BY id = $1 LIMIT 1',
    [id, key],
  );
  if (found === undefined) {
    await manager.query(
      `INSERT INTO projects (id, key, title, created_at, archived_at)
         VALUES ($1, $2, $3, coalesce($4, clock_timestamp()), $5)`,
      [id, key, title, created_at, archived_at],
    );
    return true;
  }
  if (found.id !== id || found.key !== key) {
    const other = `the project ${JSON.stringify(found.key)} with the id ${found.id}`;
    throw taken(`the project ${JSON.stringify(key)} with the id ${id}`, other);
  }
  if (found.title !== title) print(`The project ${key} exists with the title ${found.title}, which is kept.`);
  return false;
}

/** Returns whether the workflow is new. Workflows are stored with their first version. */
async function isNewWorkflow(manager: EntityManager, { key, project }: WorkflowLine): Promise<boolean> {
  const [found] = await manager.query<{ project: string | null }[]>(
    `SELECT (SELECT key FROM projects WHERE id = project_id) AS project FROM workflows WHERE key = $1`,
    [key],
  );
  if (found === undefined || found.project === project) return found === undefined;
  const whose = (owner: string | null): string => (owner === null ? 'of all projects' : `of the project ${owner}`);
  const name = `a workflow ${JSON.stringify(key)}`;
  throw taken(`${name} ${whose(project)}`, `one ${whose(found.project)}`);
}

/** @returns true when it was added */
async function storeGraph(
  manager: EntityManager,
  graph: GraphLine,
  workflow: WorkflowLine | undefined,
): Promise<boolean> {
  const definition = definitionOf(graph);
  if (definition === null) return storeUndefined(manager, graph);
  if (workflow === undefined) throw new Error(`The export has no workflow ${JSON.stringify(graph.workflow)}.`);
  return storeDefined(manager, graph, definition, workflow);
}

async function storeDefined(
  manager: EntityManager,
  { version, created_at }: GraphLine,
  definition: CompleteWorkflow,
  workflow: WorkflowLine,
): Promise<boolean> {
  const [project] = await manager.query<{ id: string }[]>('SELECT id FROM projects WHERE key = $1', [workflow.project]);
  const { stored, isNew } = await storeVersion(manager, definition, project?.id ?? null, {
    workflow: workflow.created_at,
    version: created_at,
  });
  if (stored.version === version && !(isNew && stored.key === SDLC_KEY)) return isNew;
  const name = `version ${version} of the workflow ${JSON.stringify(workflow.key)}`;
  throw taken(name, isNew ? 'another definition, or no version before it' : `the same as version ${stored.version}`);
}

/** The columns of a graph without a definition, in the order of the statement. */
const NAMED = [
  'workflow',
  'version',
  'kind',
  'digest',
  'created_at',
  'from_workflow',
  'from_version',
  'to_workflow',
  'to_version',
] as const;

/** A plan has a run. The tickets of an export have been migrated, so the run has nothing to do. */
const INSERT_FINISHED_RUN = `
  INSERT INTO workflow_migrations (id, plan_id, from_graph_id, tickets, actor, actor_kind, created_at, finished_at)
    SELECT $1, id, from_graph_id, 0, 'import', 'system', created_at, created_at FROM graphs WHERE id = $2`;

/** Stores a plan with a finished run. @returns true when it was added */
async function storeUndefined(manager: EntityManager, graph: GraphLine): Promise<boolean> {
  const found = await describeStored(manager, graph);
  const due = describe(graph);
  if (found === due) return false;
  const name = `the graph ${JSON.stringify(graph.workflow)} ${graph.version}`;
  if (found !== undefined) throw taken(name, 'another one');
  const [{ id }] = await manager.query<[{ id: number }]>(
    `INSERT INTO graphs (workflow, version, kind, digest, created_at, from_graph_id, to_graph_id)
       VALUES ($1, $2, $3, decode($4, 'hex'), coalesce($5, clock_timestamp()),
         (SELECT id FROM graphs WHERE workflow = $6 AND version = $7), (SELECT id FROM graphs WHERE workflow = $8 AND version = $9))
       RETURNING id`,
    NAMED.map((member) => graph[member]),
  );
  await manager.query(
    'INSERT INTO graph_edges (graph_id, from_phase, to_phase) SELECT $1, * FROM unnest($2::varchar[], $3::varchar[])',
    [id, graph.edges.map(([from]) => from), graph.edges.map(([, to]) => to)],
  );
  await manager.query(INSERT_FINISHED_RUN, [uuidv7(), id]);
  return true;
}

/** Serializes a graph without a definition. Equal graphs have equal texts. */
function describe({ kind, from_workflow, from_version, to_workflow, to_version, edges }: GraphLine): string {
  const sorted = edges.map((edge) => JSON.stringify(edge)).sort();
  return JSON.stringify([kind, from_workflow, from_version, to_workflow, to_version, false, sorted]);
}

async function describeStored(manager: EntityManager, { workflow, version }: GraphLine): Promise<string | undefined> {
  const [found] = await manager.query<(Omit<GraphLine, 'edges'> & { defined: boolean; edges: [string, string][] })[]>(
    `SELECT graph.kind, start.workflow AS from_workflow, start.version AS from_version, goal.workflow AS to_workflow,
            goal.version AS to_version, graph.definition IS NOT NULL AS defined,
            (SELECT coalesce(json_agg(json_build_array(from_phase, to_phase)), '[]') FROM graph_edges
               WHERE graph_id = graph.id) AS edges
       FROM graphs graph
       LEFT JOIN graphs start ON start.id = graph.from_graph_id
       LEFT JOIN graphs goal ON goal.id = graph.to_graph_id
       WHERE graph.workflow = $1 AND graph.version = $2`,
    [workflow, version],
  );
  if (found === undefined) return undefined;
  return found.defined ? 'a version with a definition' : describe(found);
}

function taken(wanted: string, found: string): TransferError {
  return new TransferError(`The export has ${wanted}; the database has ${found}. Nothing was imported.`);
}
