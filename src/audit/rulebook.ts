import { compileWorkflow, type CompiledWorkflow } from '../machine/compiled-workflow';
import { SDLC } from '../machine/sdlc';
import type { CompleteWorkflow } from '../machine/workflow';
import { Plans } from './plans';
import { isDefinition } from './stored-definition';
import { nameOf, type StoredGraph } from './stored-graph';

/** What the moves of a version of a workflow are judged by. */
export interface Rule {
  readonly graph: CompiledWorkflow;
  readonly version: number;
  /** False for a graph of which only the edges are known, and not which phases are waiting ones. */
  readonly complete: boolean;
}

/** The workflows that this program has in itself, each under its name and version. */
const BUILT_IN: ReadonlyMap<string, CompleteWorkflow> = new Map([['sdlc 1', SDLC]]);

/** The rules of all graphs that a database has. */
export class Rulebook {
  readonly plans: Plans;
  /** Graphs whose moves are held against their edges alone. */
  readonly unruled: readonly string[];
  private readonly rules = new Map<number, Rule>();

  constructor(stored: readonly StoredGraph[]) {
    this.plans = new Plans(stored);
    for (const graph of stored) {
      if (graph.kind === 'workflow') this.rules.set(graph.id, ruleFor(graph));
    }
    this.unruled = stored.filter(({ id }) => this.rules.get(id)?.complete === false).map(nameOf);
  }

  /** Undefined: the database has no such graph, or it is a plan. */
  ruleOf(graphId: number): Rule | undefined {
    return this.rules.get(graphId);
  }
}

/** What the program has in itself stands above what is stored under its name. */
export function builtIn(graph: StoredGraph): CompleteWorkflow | undefined {
  return BUILT_IN.get(nameOf(graph));
}

function ruleFor(graph: StoredGraph): Rule {
  const { definition, version } = graph;
  const known = builtIn(graph) ?? (isDefinition(definition) ? definition : undefined);
  return { graph: known ? compileWorkflow(known) : compileEdges(graph), version, complete: known !== undefined };
}

function compileEdges({ edges }: StoredGraph): CompiledWorkflow {
  const names = [...new Set(edges.flatMap(({ from, to }) => [from, to]))];
  const phases = names.map((id) => ({ id, category: 'active' as const }));
  return compileWorkflow({ initial: names, phases, transitions: edges, resume: 'any' });
}
