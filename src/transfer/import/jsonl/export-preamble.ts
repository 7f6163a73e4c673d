import { createHash } from 'node:crypto';
import { auditWorkflows } from '../../../audit/audit-workflows';
import { WorkflowVersions } from '../../../audit/workflow-versions';
import { isStoredDefinition, type StoredGraph, type StoredGraphs } from '../../../audit/stored-graph';
import { lintWorkflow } from '../../../machine/lint';
import { hasErrors } from '../../../machine/lint-finding';
import { SDLC_KEY } from '../../../machine/sdlc';
import { completeWorkflow, type CompleteWorkflow } from '../../../machine/workflow';
import type { LineOf } from './export-line';

export type ProjectLine = LineOf<'project'>;
export type WorkflowLine = LineOf<'workflow'>;
export type GraphLine = LineOf<'graph'>;

/** The lines before the tickets of an export. */
export interface PreambleLines {
  readonly projects: readonly ProjectLine[];
  readonly workflows: readonly WorkflowLine[];
  readonly graphs: readonly GraphLine[];
}

/**
 * The validated projects, workflows and graphs of an export. Graphs are numbered in the order of their lines, from 1.
 */
export class ExportPreamble {
  readonly rulebook: WorkflowVersions;
  private readonly graphIds: ReadonlyMap<string, number>;
  private readonly projectKeys: ReadonlySet<string>;

  private constructor(
    readonly lines: PreambleLines,
    private readonly stored: StoredGraphs,
  ) {
    this.rulebook = new WorkflowVersions(stored.graphs);
    this.graphIds = new Map(stored.graphs.map((graph) => [graphNameOf(graph), graph.id]));
    this.projectKeys = new Set(lines.projects.map(({ key }) => key));
  }

  /** Validates the lines. @returns the preamble, or all problems as sentences */
  static of(lines: PreambleLines): ExportPreamble | readonly string[] {
    const preamble = new ExportPreamble(lines, storedGraphsOf(lines));
    const problems = [
      ...preamble.duplicates(),
      ...preamble.unknownReferences(),
      ...lines.graphs.flatMap(problemsOfDefinition),
      ...auditWorkflows(preamble.stored, preamble.rulebook).map(({ detail }) => preamble.withNames(detail)),
    ];
    return problems.length === 0 ? preamble : problems;
  }

  hasProject(key: string): boolean {
    return this.projectKeys.has(key);
  }

  /** Returns the number of a graph; undefined when the export has no such graph. */
  graphIdOf(workflow: string, version: number): number | undefined {
    return this.graphIds.get(graphNameOf({ workflow, version }));
  }

  /** Returns the number of the graph of a line that has been validated. */
  graphIdIn({ workflow, workflow_version: version }: Pick<LineOf<'move'>, 'workflow' | 'workflow_version'>): number {
    const id = this.graphIdOf(workflow, version);
    if (id === undefined) throw new RangeError(`The export has no graph ${workflow} ${version}.`);
    return id;
  }

  graphOf(id: number): GraphLine {
    const graph = this.lines.graphs[id - 1];
    if (graph === undefined) throw new RangeError(`The export has no graph ${id}.`);
    return graph;
  }

  /** Replaces the numbers of graphs in a sentence by their names. */
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

  private unknownReferences(): string[] {
    const unknown = this.lines.workflows.filter(({ project }) => project !== null && !this.hasProject(project));
    const ends = this.lines.graphs.flatMap(({ from_workflow, from_version, to_workflow, to_version }) => [
      [from_workflow, from_version] as const,
      [to_workflow, to_version] as const,
    ]);
    const missing = ends.filter(([workflow, version]) => workflow !== null && !this.graphIdOf(workflow, version ?? 0));
    return [
      ...unknown.map(
        ({ key, project }) => `The workflow ${key} names the project ${project}, which is not in the export.`,
      ),
      ...missing.map(
        ([workflow, version]) => `A plan names the graph ${workflow} ${version}, which is not in the export.`,
      ),
    ];
  }
}

function graphNameOf({ workflow, version }: { readonly workflow: string; readonly version: number }): string {
  return `${version} ${workflow}`;
}

function storedGraphsOf({ workflows, graphs }: PreambleLines): StoredGraphs {
  const ids = new Map(graphs.map((graph, i) => [graphNameOf(graph), i + 1]));
  const idOf = (workflow: string | null, version: number | null): number | null =>
    workflow === null || version === null ? null : (ids.get(graphNameOf({ workflow, version })) ?? null);
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

/** Checks that a definition is serialized as the database stores it. `auditWorkflows` checks the rest. */
function problemsOfDefinition({ workflow, version, kind, definition, digest }: GraphLine): string[] {
  if (kind === 'migration' && definition !== null) return [`The plan ${workflow} ${version} has a definition.`];
  if (kind === 'workflow' && definition === null) return [`The workflow ${workflow} ${version} has no definition.`];
  if (workflow === SDLC_KEY && version !== 1) return ['The workflow sdlc is built in and has version 1 only.'];
  if (!isStoredDefinition(definition)) return [];
  const findings = lintWorkflow(definition);
  if (hasErrors(findings)) return findings.map(({ message }) => `The workflow ${workflow} ${version}: ${message}`);
  if (digestOf(completeWorkflow(definition)) === digest) return [];
  return [`The definition of ${workflow} ${version} is not in the form that this version of Phaseline writes.`];
}

/** Computes the digest in the same way as `storeVersion`. */
function digestOf(definition: unknown): string {
  return createHash('sha256').update(JSON.stringify(definition)).digest('hex');
}

/** @returns the definition of a version that has one */
export function definitionOf({ definition }: GraphLine): CompleteWorkflow | null {
  return isStoredDefinition(definition) ? definition : null;
}
