import { compileGraph, type CompiledGraph } from '../machine/graph';
import { SDLC_GRAPH } from '../machine/sdlc';
import type { Finding } from './finding';

/** A graph as the database has it. */
export interface StoredGraph {
  readonly id: number;
  readonly workflow: string;
  readonly version: number;
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

/** What the moves of a graph are judged by. */
export interface Rule {
  readonly graph: CompiledGraph;
  /** False for a graph of which only the edges are known, and not which phases are waiting ones. */
  readonly complete: boolean;
}

/** The workflows whose rules this program knows, each under its name and version. A new one gets a line here. */
const WORKFLOWS: ReadonlyMap<string, CompiledGraph> = new Map([['sdlc 1', SDLC_GRAPH]]);

/** The rules of all graphs that a database has. */
export class Rulebook {
  private readonly rules = new Map<number, Rule>();
  /** Graphs whose edges are not those of their workflow. */
  readonly findings: readonly Finding[];
  /** Graphs whose moves are held against their edges alone. */
  readonly incomplete: readonly string[];

  constructor(stored: readonly StoredGraph[], workflows = WORKFLOWS) {
    for (const graph of stored) {
      const known = workflows.get(nameOf(graph));
      this.rules.set(graph.id, { graph: known ?? compileEdges(graph), complete: known !== undefined });
    }
    this.findings = stored.flatMap((graph) => differencesOf(graph, workflows.get(nameOf(graph))));
    this.incomplete = stored.map(nameOf).filter((name) => !workflows.has(name));
  }

  /** Undefined: the database has no such graph. */
  ruleOf(graphId: number): Rule | undefined {
    return this.rules.get(graphId);
  }
}

function nameOf({ workflow, version }: StoredGraph): string {
  return `${workflow} ${version}`;
}

function compileEdges({ edges }: StoredGraph): CompiledGraph {
  const names = [...new Set(edges.flatMap(({ from, to }) => [from, to]))];
  const phases = names.map((id) => ({ id, category: 'active' as const }));
  return compileGraph({ initial: names, phases, transitions: edges, resume: 'any' });
}

function differencesOf(stored: StoredGraph, known: CompiledGraph | undefined): Finding[] {
  if (known === undefined) return [];
  const found = new Set(stored.edges.map(({ from, to }) => `${from} → ${to}`));
  const due = new Set(
    [...known.phases.values()].flatMap(({ id, edges }) => Array.from(edges.keys(), (to) => `${id} → ${to}`)),
  );
  const [extra, lacking] = [[...found].filter((edge) => !due.has(edge)), [...due].filter((edge) => !found.has(edge))];
  const differ = (edges: readonly string[], what: string): Finding[] =>
    edges.map((edge) => {
      const detail = `Graph ${stored.id} (${nameOf(stored)}) ${what} the edge ${edge}.`;
      return { code: 'graph_differs', ticket_id: null, detail };
    });
  return [...differ(extra, 'should not have'), ...differ(lacking, 'lacks')];
}
