export const EXIT_INTERRUPTED = 130;

/** What is to be done before the process ends, however it ends; what came last is done first, and all of it once. */
export class Cleaning {
  interrupted = false;
  private readonly steps: (() => Promise<void>)[] = [];
  private running?: Promise<void>;

  add(step: () => Promise<void>): void {
    this.steps.unshift(step);
  }

  run(): Promise<void> {
    this.running ??= this.runSteps();
    return this.running;
  }

  onInterruption(): void {
    const stop = (): void => {
      this.interrupted = true;
      void this.run().finally(() => process.exit(EXIT_INTERRUPTED));
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  }

  private async runSteps(): Promise<void> {
    for (const step of this.steps) await step();
  }
}
