import { createHash } from 'node:crypto';
import { auditWorkflows } from '../../../audit/audit-workflows';
import { Rulebook } from '../../../audit/rulebook';
import { isDefinition } from '../../../audit/stored-definition';
import type { StoredGraph, StoredGraphs } from '../../../audit/stored-graph';
import { lintWorkflow } from '../../../machine/lint';
import { hasErrors } from '../../../machine/lint-finding';
import { completeWorkflow, type CompleteWorkflow } from '../../../machine/workflow';
import type { LineOf } from './export-line';

export type ProjectLine = LineOf<'project'>;
export type WorkflowLine = LineOf<'workflow'>;
export type GraphLine = LineOf<'graph'>;

/** What tickets name, as it stands before them in an export. */
export interface PreambleLines {
  readonly projects: readonly ProjectLine[];
  readonly workflows: readonly WorkflowLine[];
  readonly graphs: readonly GraphLine[];
}

/** What tickets name, found sound. Graphs are numbered as their lines are, from 1: no database has had a say in it. */
export class ExportPreamble {
  readonly rulebook: Rulebook;
  private readonly graphIds: ReadonlyMap<string, number>;
  private readonly projectKeys: ReadonlySet<string>;

  private constructor(
    readonly lines: PreambleLines,
    private readonly stored: StoredGraphs,
  ) {
    this.rulebook = new Rulebook(stored.graphs);
    this.graphIds = new Map(stored.graphs.map((graph) => [nameOf(graph), graph.id]));
    this.projectKeys = new Set(lines.projects.map(({ key }) => key));
  }

  /** @returns everything that is wrong, in sentences, where anything is */
  static of(lines: PreambleLines): ExportPreamble | readonly string[] {
    const preamble = new ExportPreamble(lines, storedGraphsOf(lines));
    const problems = [
      ...preamble.duplicates(),
      ...preamble.unknownStates(),
      ...lines.graphs.flatMap(problemsOfDefinition),
      ...auditWorkflows(preamble.stored, preamble.rulebook).map(({ detail }) => preamble.withNames(detail)),
    ];
    return problems.length === 0 ? preamble : problems;
  }

  hasProject(key: string): boolean {
    return this.projectKeys.has(key);
  }

  /** Undefined: there is no such graph. */
  graphIdOf(workflow: string, version: number): number | undefined {
    return this.graphIds.get(nameOf({ workflow, version }));
  }

  graphOf(id: number): GraphLine {
    return this.lines.graphs[id - 1]!;
  }

  /** The same sentence with graphs by their names: the numbers are nobody's but the frame's. */
  withNames(sentence: string): string {
    return sentence.replace(/\b([Gg]raph) (\d+)(?: \([^)]*\))?/g, (text, word: string, id: string) => {
      const graph = this.lines.graphs[Number(id) - 1];
      return graph === undefined ? text : `${word} ${JSON.stringify(graph.workflow)} ${graph.version}`;
    });
  }

  private duplicates(): string[] {
    const { projects, workflows, graphs } = this.lines;
    const names = [
      ...projects.flatMap(({ id, key }) => [`project ${JSON.stringify(key)}`, `project of the id ${id}`]),
      ...workflows.map(({ key }) => `workflow ${JSON.stringify(key)}`),
      ...graphs.map(({ workflow, version }) => `graph ${JSON.stringify(workflow)} ${version}`),
    ];
    const seen = new Set<string>();
    const repeated = names.filter((name) => seen.size === seen.add(name).size);
    return repeated.map((name) => `There is more than one ${name}.`);
  }

  private unknownStates(): string[] {
    const unknown = this.lines.workflows.filter(({ project }) => project !== null && !this.hasProject(project));
    const ends = this.lines.graphs.flatMap(({ from_workflow, from_version, to_workflow, to_version }) => [
      [from_workflow, from_version] as const,
      [to_workflow, to_version] as const,
    ]);
    const lost = ends.filter(([workflow, version]) => workflow !== null && !this.graphIdOf(workflow, version ?? 0));
    return [
      ...unknown.map(({ key, project }) => `The workflow ${key} is one of the project ${project}, which has no line.`),
      ...lost.map(([workflow, version]) => `A plan names the graph ${workflow} ${version}, which has no line.`),
    ];
  }
}

function nameOf({ workflow, version }: { readonly workflow: string; readonly version: number }): string {
  return `${version} ${workflow}`;
}

function storedGraphsOf({ workflows, graphs }: PreambleLines): StoredGraphs {
  const ids = new Map(graphs.map((graph, i) => [nameOf(graph), i + 1]));
  const idOf = (workflow: string | null, version: number | null): number | null =>
    workflow === null || version === null ? null : (ids.get(nameOf({ workflow, version })) ?? null);
  return {
    keys: workflows.map(({ key }) => key),
    graphs: graphs.map((graph, i): StoredGraph => ({
      id: i + 1,
      workflow: graph.workflow,
      version: graph.version,
      kind: graph.kind,
      edges: graph.edges.map(([from = '', to = '']) => ({ from, to })),
      definition: graph.definition,
      digestAgrees: graph.digest === digestOf(graph.definition),
      fromGraphId: idOf(graph.from_workflow, graph.from_version),
      toGraphId: idOf(graph.to_workflow, graph.to_version),
    })),
  };
}

/** What the definition is stored as has to be what it was stored as. Whether it is one at all is asked elsewhere. */
function problemsOfDefinition({ workflow, version, kind, definition, digest }: GraphLine): string[] {
  if (kind === 'migration' && definition !== null) return [`The plan ${workflow} ${version} has a definition.`];
  if (!isDefinition(definition)) return [];
  const findings = lintWorkflow(definition);
  if (hasErrors(findings)) return findings.map(({ message }) => `The workflow ${workflow} ${version}: ${message}`);
  if (digestOf(completeWorkflow(definition)) === digest) return [];
  return [`The definition of ${workflow} ${version} is not written as this version of Phaseline writes it.`];
}

/** As `storeVersion` makes it. */
function digestOf(definition: unknown): string {
  return createHash('sha256').update(JSON.stringify(definition)).digest('hex');
}

/** @returns the definition of a version that has one */
export function definitionOf({ definition }: GraphLine): CompleteWorkflow | null {
  return isDefinition(definition) ? definition : null;
}
