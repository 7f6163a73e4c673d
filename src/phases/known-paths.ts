import type { CompiledWorkflow } from '../machine/compiled-workflow';
import { searchPath } from '../machine/shortest-path';
import { BUDGETS } from '../http/server/limits';
import type { IllegalTransition } from './illegal-transition';

type Path = readonly string[] | null;

/** Searches shortest paths, and remembers them by workflow version, state and target: versions never change. */
export class KnownPaths {
  private readonly paths = new Map<string, Path>();

  /**
   * Returns the shortest path to the target of a rejected transition; null if there is none, or if its search is too long.
   *
   * @param budget the transitions that the searches of the request may still examine
   */
  find({ state, rejected }: IllegalTransition, graph: CompiledWorkflow, budget: { searches: number }): Path {
    const name = JSON.stringify([rejected.ticket.graphId, state.phase, state.resumePhase, rejected.toPhase]);
    const known = this.paths.get(name);
    if (known !== undefined) return known;
    const { states, transitions } = BUDGETS.search;
    const bound = { states, transitions: Math.min(transitions, budget.searches) };
    const { path, isComplete, examined } = searchPath(graph, state, rejected.toPhase, bound);
    budget.searches -= examined;
    // A search that the budget of the request ended may succeed in another request.
    if (isComplete || bound.transitions === transitions) this.remember(name, path);
    return path;
  }

  private remember(name: string, path: Path): void {
    const [oldest] = this.paths.keys();
    if (oldest !== undefined && this.paths.size >= BUDGETS.knownPaths) this.paths.delete(oldest);
    this.paths.set(name, path);
  }
}
