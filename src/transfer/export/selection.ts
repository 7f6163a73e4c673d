import type { Snapshot } from '../../database/snapshot';
import { TransferError } from '../transfer-error';
import type { ExportFilters } from './export-format';

/** Selects tickets: a condition on `tickets`, with the values of `$1`, `$2` … in it. */
export interface Selection {
  readonly condition: string;
  readonly values: readonly unknown[];
}

/** The rows to export. */
export interface ExportScope {
  readonly tickets: Selection;
  readonly projectIds: readonly string[];
  readonly workflowKeys: readonly string[];
  readonly graphIds: readonly number[];
}

const SHOWN_KEYS = 20;

interface ProjectRow {
  readonly id: string;
  readonly key: string;
}

interface WorkflowRow {
  readonly key: string;
  readonly projectId: string | null;
}

/** The projects, workflows and graphs of the database. */
interface Available {
  readonly projects: readonly ProjectRow[];
  readonly workflows: readonly WorkflowRow[];
  readonly graphs: readonly GraphRow[];
}

/**
 * Applies the filters: selects tickets, and the projects and workflows that these need. Without a project or workflow
 * filter, all projects and workflows are included, used or not.
 *
 * @throws TransferError for an unknown project or workflow
 */
export async function select(snapshot: Snapshot, filters: ExportFilters): Promise<ExportScope> {
  const available = await readAvailable(snapshot);
  const tickets = selectTickets(filters, available);
  if (filters.project === null && filters.workflow === null) return { tickets, ...everything(available) };
  const text = `SELECT DISTINCT graph_id, project_id FROM tickets WHERE ${tickets.condition}`;
  const used = await snapshot.query(text, tickets.values);
  const roots = [...used.map(([graphId]) => graphId as number), ...namedGraphs(filters, available)];
  const needed = neededGraphs(available.graphs, roots);
  const graphs = available.graphs.filter(({ id }) => needed.has(id));
  const keys = new Set(graphs.filter(({ kind }) => kind === 'workflow').map(({ workflow }) => workflow));
  const workflows = available.workflows.filter(({ key }) => keys.has(key));
  const owners = workflows.flatMap(({ projectId }) => (projectId === null ? [] : [projectId]));
  const named = available.projects.filter(({ key }) => key === filters.project).map(({ id }) => id);
  return {
    tickets,
    projectIds: [...new Set([...used.map(([, projectId]) => projectId as string), ...owners, ...named])],
    workflowKeys: workflows.map(({ key }) => key),
    graphIds: graphs.map(({ id }) => id),
  };
}

async function readAvailable(snapshot: Snapshot): Promise<Available> {
  const projects = await snapshot.query('SELECT id, key FROM projects');
  const workflows = await snapshot.query('SELECT key, project_id FROM workflows');
  const graphs = await snapshot.query('SELECT id, workflow, kind, from_graph_id, to_graph_id FROM graphs');
  return {
    projects: projects.map(([id, key]) => ({ id, key }) as ProjectRow),
    workflows: workflows.map(([key, projectId]) => ({ key, projectId }) as WorkflowRow),
    graphs: graphs.map(
      ([id, workflow, kind, fromGraphId, toGraphId]) => ({ id, workflow, kind, fromGraphId, toGraphId }) as GraphRow,
    ),
  };
}

function everything({ projects, workflows, graphs }: Available): Omit<ExportScope, 'tickets'> {
  return {
    projectIds: projects.map(({ id }) => id),
    workflowKeys: workflows.map(({ key }) => key),
    graphIds: graphs.map(({ id }) => id),
  };
}

/**
 * Returns the versions of the filtered workflow or, without a workflow filter, of the workflows that the project owns.
 */
function namedGraphs(filters: ExportFilters, available: Available): number[] {
  const projectId = available.projects.find(({ key }) => key === filters.project)?.id;
  const isNamed = (workflow: WorkflowRow): boolean =>
    filters.workflow === null ? workflow.projectId === projectId : workflow.key === filters.workflow;
  const keys = new Set(available.workflows.filter(isNamed).map(({ key }) => key));
  return available.graphs.filter(({ kind, workflow }) => kind === 'workflow' && keys.has(workflow)).map(({ id }) => id);
}

function selectTickets(
  { project, workflow, since }: ExportFilters,
  { projects, workflows, graphs }: Available,
): Selection {
  const conditions: string[] = [];
  const values: unknown[] = [];
  const add = (condition: string, value: unknown): void => {
    conditions.push(condition.replace('?', `$${values.push(value)}`));
  };
  if (project !== null) add('project_id = ?', find('project', projects, project).id);
  if (workflow !== null) {
    const { key } = find('workflow', workflows, workflow);
    const ids = graphs.filter((graph) => graph.kind === 'workflow' && graph.workflow === key).map(({ id }) => id);
    add('graph_id = ANY (?)', ids);
  }
  if (since !== null) add('updated_at >= ?', since);
  return { condition: conditions.length === 0 ? 'true' : conditions.join(' AND '), values };
}

function find<T extends { readonly key: string }>(kind: string, rows: readonly T[], key: string): T {
  const found = rows.find((row) => row.key === key);
  if (found !== undefined) return found;
  const keys = rows.map((row) => row.key).sort();
  const more = keys.length > SHOWN_KEYS ? ` and ${keys.length - SHOWN_KEYS} more` : '';
  throw new TransferError(
    `The ${kind} ${JSON.stringify(key)} does not exist. Existing ${kind}s: ${keys.slice(0, SHOWN_KEYS).join(', ')}${more}.`,
  );
}

/** A graph: a workflow version, or a plan that migrates tickets from one version to another. */
export interface GraphRow {
  readonly id: number;
  readonly workflow: string;
  readonly kind: string;
  /** For a plan: the version it migrates from, and the version it migrates to. */
  readonly fromGraphId: number | null;
  readonly toGraphId: number | null;
}

/**
 * Returns the graphs that an export must contain: the given graphs; all versions of their workflows, because versions
 * are numbered without a gap; and the plans that lead to these, with the versions that the plans start from, because a
 * ticket may have been migrated by them.
 */
export function neededGraphs(all: readonly GraphRow[], roots: Iterable<number>): Set<number> {
  const byId = new Map(all.map((graph) => [graph.id, graph]));
  const needed = new Set(roots);
  for (const id of needed) {
    const graph = byId.get(id);
    if (graph === undefined) continue;
    const isPlan = graph.kind === 'migration';
    if (graph.fromGraphId !== null) needed.add(graph.fromGraphId);
    if (graph.toGraphId !== null) needed.add(graph.toGraphId);
    for (const { id: other, workflow, kind, toGraphId } of all) {
      if (toGraphId === id || (!isPlan && kind === 'workflow' && workflow === graph.workflow)) needed.add(other);
    }
  }
  return needed;
}
