export const EXIT_INTERRUPTED = 130;

const REPEATED_SIGNAL_MS = 1000;

/** Thrown when the program ends early because of a signal. */
export class Interrupted extends Error {
  /** @param message what the program had done by then, if it is known */
  constructor(message = 'interrupted', options?: ErrorOptions) {
    super(message, options);
  }
}

/**
 * Returns a controller that aborts on SIGINT, SIGTERM or SIGHUP, so that the program can clean up. A later signal ends the
 * process immediately. A signal within a second is ignored: npm forwards the one that the terminal has already sent.
 */
export function listenForInterruption(): AbortController {
  const controller = new AbortController();
  let first = Infinity;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (performance.now() - first > REPEATED_SIGNAL_MS) process.exit(EXIT_INTERRUPTED);
      first = Math.min(first, performance.now());
      controller.abort(new Interrupted());
    });
  }
  return controller;
}

/** Steps to run once before the process ends, for whatever reason. The last added step runs first. */
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
