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
