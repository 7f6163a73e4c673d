import { isDeepStrictEqual } from 'node:util';
import type { Finding, Report } from './finding';
import { builtIn, type Rule, type Rulebook } from './rulebook';
import { isDefinition } from './stored-definition';
import { titleOf, type Edge, type StoredGraph, type StoredGraphs } from './stored-graph';

/** Every disagreement among the graphs, whatever their tickets do: definitions, digests, edges, plans and versions. */
export function auditWorkflows(stored: StoredGraphs, rulebook: Rulebook): Finding[] {
  const findings: Finding[] = [];
  const report: Report = (code, detail) => void findings.push({ code, ticket_id: null, detail });
  for (const graph of stored.graphs) {
    if (graph.kind === 'migration') auditPlan(graph, rulebook, report);
    else {
      auditDefinition(graph, report);
      auditEdges(graph, rulebook.ruleOf(graph.id)!, report);
    }
  }
  const names = new Set(stored.keys);
  for (const [key, versions] of versionsOf(stored)) {
    if (!names.has(key)) report('workflow_missing', `There are versions of ${key}, and no such workflow.`);
    auditNumbers(key, versions, report);
  }
  return findings;
}

/** A graph that somebody wrote by hand has no definition, and nothing to disagree with. */
function auditDefinition(graph: StoredGraph, report: Report): void {
  const { definition, workflow, digestAgrees } = graph;
  const fault = (what: string): void =>
    report('definition_mismatch', `${titleOf(graph)} has a definition that ${what}.`);
  const due = builtIn(graph);
  if (due !== undefined && !isDeepStrictEqual(definition, due)) return fault('is not the one that is built in');
  if (definition === null) return;
  if (!isDefinition(definition)) return fault('is none: something is missing, or not of its kind');
  if (!digestAgrees) fault('its digest was not made of');
  if (definition.key !== workflow) fault(`is one of ${definition.key}`);
}

function auditEdges(stored: StoredGraph, { graph, complete }: Rule, report: Report): void {
  if (!complete) return;
  const found = new Set(stored.edges.map(textOf));
  const due = new Set(
    [...graph.phases.values()].flatMap(({ id, edges }) => Array.from(edges.keys(), (to) => textOf({ from: id, to }))),
  );
  for (const edge of found) {
    if (!due.has(edge)) report('graph_differs', `${titleOf(stored)} should not have the edge ${edge}.`);
  }
  for (const edge of due) {
    if (!found.has(edge)) report('graph_differs', `${titleOf(stored)} lacks the edge ${edge}.`);
  }
}

/** A plan leads phases of its first graph to phases of its second, each to one. */
function auditPlan(plan: StoredGraph, rulebook: Rulebook, report: Report): void {
  const fault = (what: string): void => report('plan_broken', `${titleOf(plan)} ${what}.`);
  const [start, goal] = [plan.fromGraphId, plan.toGraphId].map((id) => rulebook.ruleOf(id ?? Number.NaN));
  if (start === undefined) return fault('leads from a graph that is no version of a workflow');
  if (goal === undefined) return fault('leads to a graph that is no version of a workflow');
  const seen = new Set<string>();
  for (const { from, to } of plan.edges) {
    if (lacks(start, from)) fault(`leads from ${from}, which graph ${plan.fromGraphId} does not have`);
    if (lacks(goal, to)) fault(`leads to ${to}, which graph ${plan.toGraphId} does not have`);
    if (seen.has(from)) fault(`leads from ${from} to more than one phase`);
    seen.add(from);
  }
}

/** Of a graph of which only the edges are known nobody can tell. */
function lacks({ graph, complete }: Rule, phase: string): boolean {
  return complete && !graph.phases.has(phase);
}

/** The versions of each workflow that has a name, or a version with a definition; by key. */
function versionsOf({ graphs, keys }: StoredGraphs): Map<string, number[]> {
  const own = graphs.filter(({ kind }) => kind === 'workflow');
  const defined = own.filter(({ definition }) => definition !== null).map(({ workflow }) => workflow);
  const versions = new Map([...keys, ...defined].map((key): [string, number[]] => [key, []]));
  for (const { workflow, version } of own) versions.get(workflow)?.push(version);
  return versions;
}

/** The versions of a workflow are numbered 1, 2, 3 …, and there is at least one. */
function auditNumbers(key: string, versions: readonly number[], report: Report): void {
  const found = [...versions].sort((a, b) => a - b);
  for (const [i, version] of (found.length === 0 ? [2] : found).entries()) {
    const [first, last] = [(found[i - 1] ?? 0) + 1, version - 1];
    const gap = first === last ? `version ${first}` : `versions ${first} to ${last}`;
    if (first <= last) report('version_gap', `The workflow ${key} lacks ${gap}.`);
  }
}

function textOf({ from, to }: Edge): string {
  return `${from} → ${to}`;
}
