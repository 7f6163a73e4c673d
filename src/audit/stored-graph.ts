/** A graph as the database has it: a version of a workflow, or a plan by which tickets go from one graph to another. */
export interface StoredGraph {
  readonly id: number;
  /** The key of the workflow; of a plan, its name. */
  readonly workflow: string;
  readonly version: number;
  readonly kind: string;
  readonly edges: readonly Edge[];
  /** Whatever is stored as the definition. Null: nothing is. */
  readonly definition: unknown;
  /** Whether the digest is that of the definition's text. */
  readonly digestAgrees: boolean;
  /** Of a plan: which graph it leads from, and which one to. */
  readonly fromGraphId: number | null;
  readonly toGraphId: number | null;
}

export interface Edge {
  readonly from: string;
  readonly to: string;
}

/** All graphs, and the keys of the workflows that are known by name. */
export interface StoredGraphs {
  readonly graphs: readonly StoredGraph[];
  readonly keys: readonly string[];
}

/** As people call it: the key with the version. */
export function nameOf({ workflow, version }: Pick<StoredGraph, 'workflow' | 'version'>): string {
  return `${workflow} ${version}`;
}

/** As findings call it. */
export function titleOf(graph: Pick<StoredGraph, 'id' | 'workflow' | 'version'>): string {
  return `Graph ${graph.id} (${nameOf(graph)})`;
}
