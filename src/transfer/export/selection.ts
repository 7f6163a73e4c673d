import type { Snapshot } from '../../database/snapshot';
import { TransferError } from '../transfer-error';
import type { ExportFilters } from './export-format';

/** Which tickets are wanted: a condition on `tickets`, with what `$1`, `$2` … in it stand for. */
export interface Selection {
  readonly condition: string;
  readonly values: readonly unknown[];
}

/** Everything that is exported. */
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

/** What there is to choose from. */
interface Available {
  readonly projects: readonly ProjectRow[];
  readonly workflows: readonly WorkflowRow[];
  readonly graphs: readonly GraphRow[];
}

/**
 * What the filters want: tickets, and the projects and workflows that these need. Without a project or a workflow these are
 * all that there are, used or not.
 *
 * @throws TransferError for a project or a workflow that does not exist
 */
export async function select(snapshot: Snapshot, filters: ExportFilters): Promise<ExportScope> {
  const stock = await readStock(snapshot);
  const tickets = selectTickets(filters, stock);
  if (filters.project === null && filters.workflow === null) return { tickets, ...everything(stock) };
  const text = `SELECT DISTINCT graph_id, project_id FROM tickets WHERE ${tickets.condition}`;
  const used = await snapshot.query(text, tickets.values);
  const roots = [...used.map(([graphId]) => graphId as number), ...namedGraphs(filters, stock)];
  const needed = neededGraphs(stock.graphs, roots);
  const graphs = stock.graphs.filter(({ id }) => needed.has(id));
  const keys = new Set(graphs.filter(({ kind }) => kind === 'workflow').map(({ workflow }) => workflow));
  const workflows = stock.workflows.filter(({ key }) => keys.has(key));
  const owners = workflows.flatMap(({ projectId }) => (projectId === null ? [] : [projectId]));
  const named = stock.projects.filter(({ key }) => key === filters.project).map(({ id }) => id);
  return {
    tickets,
    projectIds: [...new Set([...used.map(([, projectId]) => projectId as string), ...owners, ...named])],
    workflowKeys: workflows.map(({ key }) => key),
    graphIds: graphs.map(({ id }) => id),
  };
}

async function readStock(snapshot: Snapshot): Promise<Available> {
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

/** The versions of the workflow that is wanted or, where none is, of those that belong to the project. */
function namedGraphs(filters: ExportFilters, stock: Available): number[] {
  const projectId = stock.projects.find(({ key }) => key === filters.project)?.id;
  const isWanted = (workflow: WorkflowRow): boolean =>
    filters.workflow === null ? workflow.projectId === projectId : workflow.key === filters.workflow;
  const keys = new Set(stock.workflows.filter(isWanted).map(({ key }) => key));
  return stock.graphs.filter(({ kind, workflow }) => kind === 'workflow' && keys.has(workflow)).map(({ id }) => id);
}

function selectTickets({ project, workflow, since }: ExportFilters, { projects, workflows, graphs }: Available): Selection {
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
    `There is no ${kind} ${JSON.stringify(key)}; there are ${keys.slice(0, SHOWN_KEYS).join(', ')}${more}.`,
  );
}

/** A graph of the database: a version of a workflow, or a plan by which tickets go from one graph to another. */
export interface GraphRow {
  readonly id: number;
  readonly workflow: string;
  readonly kind: string;
  /** Of a plan: where it leads from, and where to. */
  readonly fromGraphId: number | null;
  readonly toGraphId: number | null;
}

/**
 * The graphs that tickets need besides those that they are under: all versions of the same workflows, since versions are
 * numbered without a gap; and the plans that lead there, with all that they lead from, since a ticket may have come that way.
 */
export function neededGraphs(all: readonly GraphRow[], wanted: Iterable<number>): Set<number> {
  const byId = new Map(all.map((graph) => [graph.id, graph]));
  const needed = new Set(wanted);
  for (const id of needed) {
    const graph = byId.get(id);
    if (graph === undefined) continue;
    const isPlan = graph.kind === 'migration';
    if (isPlan) needed.add(graph.fromGraphId!).add(graph.toGraphId!);
    for (const { id: other, workflow, kind, toGraphId } of all) {
      if (toGraphId === id || (!isPlan && kind === 'workflow' && workflow === graph.workflow)) needed.add(other);
    }
  }
  return needed;
}
