import { DomainError } from '../problems/domain-error';

/** Lets a bounded number of tasks run at once and a bounded number wait. */
export class Turnstile {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  /**
   * @param most tasks at once
   * @param mostWaiting tasks that wait at most; more are refused as `busy`
   */
  constructor(
    private readonly most: number,
    private readonly mostWaiting: number,
  ) {}

  get isEmpty(): boolean {
    return this.running + this.waiting.length === 0;
  }

  /** @throws DomainError `busy` when too many wait already */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.running >= this.most) await this.turn();
    else this.running++;
    try {
      return await task();
    } finally {
      // A place is handed on to who waits longest, so that nobody who comes later slips in between.
      const next = this.waiting.shift();
      if (next === undefined) this.running--;
      else next();
    }
  }

  private turn(): Promise<void> {
    if (this.waiting.length >= this.mostWaiting) {
      throw new DomainError('busy', `${this.mostWaiting} requests are waiting already. Nothing was changed.`);
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
