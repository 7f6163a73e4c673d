import type { CompiledWorkflow } from '../machine/compiled-workflow';

/** A version of a workflow, ready for judging. */
export interface ReadyWorkflow {
  readonly graphId: number;
  readonly key: string;
  readonly version: number;
  readonly graph: CompiledWorkflow;
}

/** Versions that were looked up and compiled, by graph. */
export class ReadyWorkflows {
  private readonly ready = new Map<number, ReadyWorkflow>();

  /** @param most how many are kept; it has to be no fewer than are ever needed together */
  constructor(private readonly most: number) {}

  get(graphId: number): ReadyWorkflow | undefined {
    return this.ready.get(graphId);
  }

  has(graphId: number): boolean {
    return this.ready.has(graphId);
  }

  values(): Iterable<ReadyWorkflow> {
    return this.ready.values();
  }

  /**
   * Keeps workflows. Where there is no room, those go first that were kept or needed longest ago.
   *
   * @param needed graphs that are needed together with them: none of these goes
   */
  keep(workflows: readonly ReadyWorkflow[], needed: Iterable<number>): void {
    const present = Array.from(needed, (id) => this.ready.get(id)).filter((workflow) => workflow !== undefined);
    for (const workflow of [...present, ...workflows]) {
      this.ready.delete(workflow.graphId);
      this.ready.set(workflow.graphId, workflow);
    }
    for (const id of this.ready.keys()) {
      if (this.ready.size <= this.most) break;
      this.ready.delete(id);
    }
  }
}
