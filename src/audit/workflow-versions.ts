import { compileWorkflow, type CompiledWorkflow } from '../machine/compiled-workflow';
import { SDLC } from '../machine/sdlc';
import type { CompleteWorkflow } from '../machine/workflow';
import { isStoredDefinition, versionName, type StoredGraph } from './stored-graph';

/** A workflow version that transitions are audited against. */
export interface AuditedVersion {
  readonly workflow: CompiledWorkflow;
  readonly version: number;
  /** False if only the edges are known, and not which phases are waiting ones. */
  readonly complete: boolean;
}

/** The plan of a migration from one graph to another. */
export interface StoredPlan {
  readonly id: number;
  readonly from: number;
  readonly to: number;
  /** The targets of each phase. Only a plan that was inserted by hand has more than one. */
  readonly mapping: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The built-in workflows by name and version. */
const BUILT_IN: ReadonlyMap<string, CompleteWorkflow> = new Map([['sdlc 1', SDLC]]);

/** The workflow versions and migration plans of a database, by graph id. */
export class WorkflowVersions {
  readonly plans: MigrationPlans;
  /** The names of the versions of which only the edges are known. */
  readonly edgesOnly: readonly string[];
  private readonly versions = new Map<number, AuditedVersion>();

  constructor(stored: readonly StoredGraph[]) {
    this.plans = new MigrationPlans(stored);
    for (const graph of stored) {
      if (graph.kind === 'workflow') this.versions.set(graph.id, auditedVersion(graph));
    }
    this.edgesOnly = stored.filter(({ id }) => this.versions.get(id)?.complete === false).map(versionName);
  }

  /** Returns undefined if the graph does not exist or is a plan. */
  versionOf(graphId: number): AuditedVersion | undefined {
    return this.versions.get(graphId);
  }
}

/** The migration plans of a database. */
export class MigrationPlans {
  private readonly byId = new Map<number, StoredPlan>();
  private readonly byStart = new Map<number, StoredPlan[]>();

  constructor(stored: readonly StoredGraph[]) {
    for (const { id, kind, fromGraphId, toGraphId, edges } of stored) {
      if (kind !== 'migration' || fromGraphId === null || toGraphId === null) continue;
      const mapping = new Map<string, Set<string>>();
      for (const { from, to } of edges) mapping.set(from, (mapping.get(from) ?? new Set()).add(to));
      const plan: StoredPlan = { id, from: fromGraphId, to: toGraphId, mapping };
      this.byId.set(id, plan);
      this.byStart.set(plan.from, [...(this.byStart.get(plan.from) ?? []), plan]);
    }
  }

  /** Returns all plans. */
  all(): Iterable<StoredPlan> {
    return this.byId.values();
  }

  /** Returns undefined if the graph is not a plan. */
  planOf(graphId: number): StoredPlan | undefined {
    return this.byId.get(graphId);
  }

  /**
   * Returns the plans that leave a ticket in its phase.
   *
   * @param start the graph that the plans lead from; undefined: any graph
   */
  keeping(phase: string, start?: number): StoredPlan[] {
    const plans = start === undefined ? [...this.byId.values()] : (this.byStart.get(start) ?? []);
    return plans.filter(({ mapping }) => mapping.get(phase)?.has(phase));
  }

  /**
   * Checks that a ticket in a phase can have come from one graph to another by plans that kept its phase, or stayed in the
   * same graph. As start, a plan stands for the graph that it leads to; as goal, for the graph that it leads from. The
   * integrity constraints of the database check the same.
   */
  leads(start: number, goal: number, phase: string): boolean {
    const from = this.planOf(start)?.to ?? start;
    const to = this.planOf(goal)?.from ?? goal;
    const reached = new Set([from]);
    for (const graphId of reached) {
      for (const plan of this.keeping(phase, graphId)) reached.add(plan.to);
    }
    return reached.has(to);
  }
}

/** Returns the definition of a built-in workflow, which takes precedence over what is stored under its name. */
export function builtInDefinition(graph: StoredGraph): CompleteWorkflow | undefined {
  return BUILT_IN.get(versionName(graph));
}

function auditedVersion(graph: StoredGraph): AuditedVersion {
  const { definition, version } = graph;
  const known = builtInDefinition(graph) ?? (isStoredDefinition(definition) ? definition : undefined);
  return { workflow: known ? compileWorkflow(known) : compileEdges(graph), version, complete: known !== undefined };
}

function compileEdges({ edges }: StoredGraph): CompiledWorkflow {
  const names = [...new Set(edges.flatMap(({ from, to }) => [from, to]))];
  const phases = names.map((id) => ({ id, category: 'active' as const }));
  return compileWorkflow({ initial: names, phases, transitions: edges, resume: 'any' });
}
