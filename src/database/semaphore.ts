import { DomainError } from '../problems/domain-error';

/** Lets a bounded number of tasks run at once and a bounded number wait, for a bounded time. */
export class Semaphore {
  private running = 0;
  private readonly waiting = new Set<() => void>();

  /**
   * @param most tasks at once
   * @param mostWaiting tasks that wait at most; more are refused as `busy`
   * @param patience how long each waits at most, in milliseconds
   */
  constructor(
    private readonly most: number,
    private readonly mostWaiting: number,
    private readonly patience: number,
  ) {}

  get isEmpty(): boolean {
    return this.running + this.waiting.size === 0;
  }

  /** @throws DomainError `busy` when too many wait already, or its turn does not come in time */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.running >= this.most) await this.turn();
    else this.running++;
    try {
      return await task();
    } finally {
      // A place is handed on to who waits longest, so that nobody who comes later slips in between.
      const [next] = this.waiting;
      if (next === undefined) this.running--;
      else next();
    }
  }

  private turn(): Promise<void> {
    if (this.waiting.size >= this.mostWaiting) {
      throw new DomainError('busy', `${this.mostWaiting} requests are waiting already. Nothing was changed.`);
    }
    return new Promise((resolve, reject) => {
      const take = (): void => {
        this.waiting.delete(take);
        clearTimeout(late);
        resolve();
      };
      const late = setTimeout(() => {
        this.waiting.delete(take);
        reject(new DomainError('busy', 'Others hold the tickets of requests before this one. Nothing was changed.'));
      }, this.patience);
      this.waiting.add(take);
    });
  }
}
