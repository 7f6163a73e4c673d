import type { CompiledWorkflow } from '../machine/compiled-workflow';

/** A workflow version, compiled for the judge. */
export interface ReadyWorkflow {
  readonly graphId: number;
  readonly key: string;
  readonly version: number;
  readonly graph: CompiledWorkflow;
  /** The bytes of the definition, which are close to those of the graph. */
  readonly bytes: number;
}

/** A cache of compiled workflow versions, by `graphId`. */
export class ReadyWorkflows {
  private readonly ready = new Map<number, ReadyWorkflow>();
  private bytes = 0;

  /** @param maxBytes the capacity; versions that are needed at the same time may exceed it */
  constructor(private readonly maxBytes: number) {}

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
    const latest = [...present, ...workflows];
    for (const { graphId } of latest) this.drop(graphId);
    for (const workflow of latest) {
      this.drop(workflow.graphId);
      this.ready.set(workflow.graphId, workflow);
      this.bytes += workflow.bytes;
    }
    const kept = new Set(latest.map(({ graphId }) => graphId));
    for (const id of this.ready.keys()) {
      if (this.bytes <= this.maxBytes || kept.has(id)) break;
      this.drop(id);
    }
  }

  private drop(graphId: number): void {
    this.bytes -= this.ready.get(graphId)?.bytes ?? 0;
    this.ready.delete(graphId);
  }
}
