import { Injectable } from '@nestjs/common';
import type { CompiledGraph } from '../machine/graph';
import { SDLC_GRAPH } from '../machine/sdlc';

/** The graph of the built-in workflow; the migration creates it. */
export const SDLC_GRAPH_ID = 1;

/** Hands out compiled graphs. */
@Injectable()
export class WorkflowService {
  private readonly graphs = new Map<number, CompiledGraph>([[SDLC_GRAPH_ID, SDLC_GRAPH]]);

  /** The graph that a ticket's `graphId` names. */
  graphOf(graphId: number): CompiledGraph {
    const graph = this.graphs.get(graphId);
    if (graph === undefined) throw new Error(`Graph ${graphId} is in the database but not in the application`);
    return graph;
  }

  /** Whether any workflow has a phase of this name. */
  isPhase(name: string): boolean {
    return [...this.graphs.values()].some(({ phases }) => phases.has(name));
  }
}
