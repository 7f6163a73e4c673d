import type { CompiledWorkflow } from '../machine/compiled-workflow';

/** A workflow version, compiled for the judge. */
export interface ReadyWorkflow {
  readonly graphId: number;
  readonly key: string;
  readonly version: number;
  readonly graph: CompiledWorkflow;
}

/** A cache of compiled workflow versions, by `graphId`. */
export class ReadyWorkflows {
  private readonly ready = new Map<number, ReadyWorkflow>();

  /** @param maxEntries the capacity; at least the number of versions that one caller needs at once */
  constructor(private readonly maxEntries: number) {}

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
   * Adds versions. If the cache is full, the least recently used versions are dropped.
   *
   * @param needed ids of versions that are needed at the same time; they are not dropped
   */
  keep(workflows: readonly ReadyWorkflow[], needed: Iterable<number>): void {
    const present = Array.from(needed, (id) => this.ready.get(id)).filter((workflow) => workflow !== undefined);
    for (const workflow of [...present, ...workflows]) {
      this.ready.delete(workflow.graphId);
      this.ready.set(workflow.graphId, workflow);
    }
    for (const id of this.ready.keys()) {
      if (this.ready.size <= this.maxEntries) break;
      this.ready.delete(id);
    }
  }
}
