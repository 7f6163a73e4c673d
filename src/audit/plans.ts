import type { StoredGraph } from './stored-graph';

/** A plan by which tickets go from one graph to another. */
export interface Plan {
  readonly id: number;
  readonly from: number;
  readonly to: number;
  /** Where each phase leads; more than one phase only where somebody wrote the plan by hand. */
  readonly places: ReadonlyMap<string, ReadonlySet<string>>;
}

/** All plans of a database, and where they lead. */
export class Plans {
  private readonly byId = new Map<number, Plan>();
  private readonly byStart = new Map<number, Plan[]>();

  constructor(stored: readonly StoredGraph[]) {
    for (const { id, kind, fromGraphId, toGraphId, edges } of stored) {
      if (kind !== 'migration' || fromGraphId === null || toGraphId === null) continue;
      const places = new Map<string, Set<string>>();
      for (const { from, to } of edges) places.set(from, (places.get(from) ?? new Set()).add(to));
      const plan: Plan = { id, from: fromGraphId, to: toGraphId, places };
      this.byId.set(id, plan);
      this.byStart.set(plan.from, [...(this.byStart.get(plan.from) ?? []), plan]);
    }
  }

  /** Undefined: no plan has this number. */
  planOf(graphId: number): Plan | undefined {
    return this.byId.get(graphId);
  }

  /**
   * Plans that bring a ticket to another graph and leave it in its phase.
   *
   * @param start the graph that they lead from; undefined: any
   */
  keeping(phase: string, start?: number): Plan[] {
    const plans = start === undefined ? [...this.byId.values()] : (this.byStart.get(start) ?? []);
    return plans.filter(({ places }) => places.get(phase)?.has(phase));
  }

  /**
   * Whether a ticket in a phase can have come from one graph to another, by itself or by plans that kept its phase. A plan
   * stands for the graph that it leads to, and as a goal for the one that it leads from. The database asks the same.
   */
  lead(start: number, goal: number, phase: string): boolean {
    const from = this.planOf(start)?.to ?? start;
    const to = this.planOf(goal)?.from ?? goal;
    const reached = new Set([from]);
    for (const graphId of reached) {
      for (const plan of this.keeping(phase, graphId)) reached.add(plan.to);
    }
    return reached.has(to);
  }
}
