/** A fixed number of places: who finds none waits until one is free, in the order of asking. */
export class Semaphore {
  private taken = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly idle: (() => void)[] = [];

  constructor(private readonly size: number) {}

  async take(): Promise<void> {
    if (this.taken >= this.size) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.taken++;
  }

  /** Gives a place back, to the next who waits. */
  free(): void {
    const next = this.waiting.shift();
    if (next) return next();
    this.taken--;
    if (this.taken === 0) for (const resolve of this.idle.splice(0)) resolve();
  }

  /** Resolves as soon as every place is free. */
  async allFree(): Promise<void> {
    if (this.taken > 0) await new Promise<void>((resolve) => this.idle.push(resolve));
  }
}
