import type { Series } from './rounds';

/** The memory of a server under load, in bytes: each second, and the medians of two stretches of time. */
export interface MemoryFinding {
  readonly rss: readonly number[];
  readonly early: number;
  readonly late: number;
}

/** Everything that a run found out. */
export class Findings {
  readonly faults: string[] = [];
  memory?: MemoryFinding;
  private readonly byLabel = new Map<string, Series>();

  get series(): Series[] {
    return [...this.byLabel.values()];
  }

  find(label: string): Series | undefined {
    return this.byLabel.get(label);
  }

  add(...series: Series[]): void {
    for (const one of series) {
      this.byLabel.set(one.label, one);
      for (const [fault, count] of Object.entries(one.faults)) this.addFault(`${one.label}: ${count} × ${fault}`);
      if (one.samples.some(({ rate }) => rate === 0)) this.addFault(`${one.label}: nothing was done in a whole round`);
    }
  }

  addFault(fault: string): void {
    this.faults.push(fault);
  }
}
