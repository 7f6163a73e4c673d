import type { CompiledWorkflow } from '../../machine/compiled-workflow';
import type { LogRow } from './row';

const KEPT = 10;

/** Looks whether a log and a workflow have anything to do with each other, before all of its rows are refused one by one. */
export class StateCensus {
  private hasKnown = false;
  private readonly unknown = new Set<string>();

  constructor(private readonly graph: CompiledWorkflow) {}

  see(row: LogRow): void {
    if (this.hasKnown || !('columns' in row)) return;
    const state = row.columns.to_state;
    this.hasKnown = this.graph.phases.has(state);
    if (this.unknown.size < KEPT) this.unknown.add(state);
  }

  /** Some states of the log, where none at all is a phase of the workflow. */
  get strangers(): string[] {
    return this.hasKnown ? [] : [...this.unknown];
  }
}
