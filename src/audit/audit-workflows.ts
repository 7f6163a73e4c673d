import { isDeepStrictEqual } from 'node:util';
import type { Finding, Report } from './finding';
import { isStoredDefinition, versionName, type StoredEdge, type StoredGraph, type StoredGraphs } from './stored-graph';
import { builtInDefinition, type AuditedVersion, type WorkflowVersions } from './workflow-versions';

/** Returns every inconsistency among the graphs: definitions, digests, edges, plans and version numbers. */
export function auditWorkflows(stored: StoredGraphs, versions: WorkflowVersions): Finding[] {
  const findings: Finding[] = [];
  const report: Report = (code, detail) => void findings.push({ code, ticket_id: null, detail });
  for (const graph of stored.graphs) {
    const version = versions.versionOf(graph.id);
    if (version === undefined) auditPlan(graph, versions, report);
    else {
      auditDefinition(graph, report);
      auditEdges(graph, version, report);
    }
  }
  const keys = new Set(stored.keys);
  for (const [key, numbers] of versionNumbersOf(stored)) {
    if (!keys.has(key)) report('workflow_missing', `There are versions of ${key}, but no such workflow.`);
    auditNumbers(key, numbers, report);
  }
  return findings;
}

/** Checks the definition of a workflow version. A graph that was inserted by hand may have none. */
function auditDefinition(graph: StoredGraph, report: Report): void {
  const { definition, workflow, digestAgrees } = graph;
  const mismatch = (detail: string): void =>
    report('definition_mismatch', `The definition of graph ${graphTitle(graph)} ${detail}.`);
  const expected = builtInDefinition(graph);
  if (expected !== undefined && !isDeepStrictEqual(definition, expected)) {
    return mismatch('differs from the built-in definition');
  }
  if (definition === null) return;
  if (!isStoredDefinition(definition)) return mismatch('is incomplete or has members of the wrong type');
  if (!digestAgrees) mismatch('does not match its digest');
  if (definition.key !== workflow) mismatch(`has the key ${definition.key}`);
}

function auditEdges(stored: StoredGraph, { workflow, complete }: AuditedVersion, report: Report): void {
  if (!complete) return;
  const found = new Set(stored.edges.map(edgeText));
  const expected = new Set(
    [...workflow.phases.values()].flatMap(({ id, edges }) =>
      Array.from(edges.keys(), (to) => edgeText({ from: id, to })),
    ),
  );
  const title = `graph ${graphTitle(stored)}`;
  for (const edge of found) {
    if (!expected.has(edge)) report('graph_differs', `The definition of ${title} does not have the edge ${edge}.`);
  }
  for (const edge of expected) {
    if (!found.has(edge)) report('graph_differs', `The edge ${edge} of ${title} is missing.`);
  }
}

/** Checks that a plan maps phases of one workflow version to phases of another, each phase to one. */
function auditPlan(plan: StoredGraph, versions: WorkflowVersions, report: Report): void {
  const broken = (detail: string): void => report('plan_broken', `Graph ${graphTitle(plan)} ${detail}.`);
  const [start, goal] = [plan.fromGraphId, plan.toGraphId].map((id) => versions.versionOf(id ?? Number.NaN));
  if (start === undefined) return broken('leads from a graph that is not a workflow version');
  if (goal === undefined) return broken('leads to a graph that is not a workflow version');
  const seen = new Set<string>();
  for (const { from, to } of plan.edges) {
    if (lacks(start, from)) broken(`maps ${from}, which is not a phase of graph ${plan.fromGraphId}`);
    if (lacks(goal, to)) broken(`maps a phase to ${to}, which is not a phase of graph ${plan.toGraphId}`);
    if (seen.has(from)) broken(`maps ${from} to more than one phase`);
    seen.add(from);
  }
}

/** Returns false if only the edges of the version are known. */
function lacks({ workflow, complete }: AuditedVersion, phase: string): boolean {
  return complete && !workflow.phases.has(phase);
}

/** Returns the version numbers of each workflow that has a row in `workflows` or a version with a definition. */
function versionNumbersOf({ graphs, keys }: StoredGraphs): Map<string, number[]> {
  const own = graphs.filter(({ kind }) => kind === 'workflow');
  const defined = own.filter(({ definition }) => definition !== null).map(({ workflow }) => workflow);
  const numbers = new Map([...keys, ...defined].map((key): [string, number[]] => [key, []]));
  for (const { workflow, version } of own) numbers.get(workflow)?.push(version);
  return numbers;
}

/** Checks that the versions of a workflow are numbered 1, 2, 3 …, with at least one version. */
function auditNumbers(key: string, numbers: readonly number[], report: Report): void {
  const found = [...numbers].sort((a, b) => a - b);
  for (const [i, version] of (found.length === 0 ? [2] : found).entries()) {
    const [first, last] = [(found[i - 1] ?? 0) + 1, version - 1];
    const gap = first === last ? `version ${first}` : `versions ${first} to ${last}`;
    if (first <= last) report('version_gap', `The workflow ${key} lacks ${gap}.`);
  }
}

function graphTitle(graph: Pick<StoredGraph, 'id' | 'workflow' | 'version'>): string {
  return `${graph.id} (${versionName(graph)})`;
}

function edgeText({ from, to }: StoredEdge): string {
  return `${from} → ${to}`;
}
