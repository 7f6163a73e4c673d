import { DomainError } from '../problems/domain-error';

/** Lets a bounded number of tasks run at once and a bounded number wait, for a bounded time. */
export class Semaphore {
  private running = 0;
  private readonly waiting = new Set<() => void>();

  /**
   * @param most tasks at once
   * @param mostWaiting tasks that may wait; further tasks are rejected as `busy`
   * @param patience how long each task may wait, in milliseconds
   */
  constructor(
    private readonly most: number,
    private readonly mostWaiting = Infinity,
    private readonly patience = Infinity,
  ) {}

  get isEmpty(): boolean {
    return this.running + this.waiting.size === 0;
  }

  /** @throws DomainError `busy` when too many wait already, or its turn does not come in time */
  async run<T>(task: () => Promise<T>): Promise<T> {
    await this.acquire();
    try {
      return await task();
    } finally {
      this.release();
    }
  }

  /** Takes a place, which `release` gives back. @throws DomainError as `run` does */
  async acquire(): Promise<void> {
    if (this.running >= this.most) await this.turn();
    else this.running++;
  }

  release(): void {
    // The place passes to the task that has waited longest, so that no later task can overtake it.
    const [next] = this.waiting;
    if (next === undefined) this.running--;
    else next();
  }

  private turn(): Promise<void> {
    if (this.waiting.size >= this.mostWaiting) {
      throw new DomainError('busy', `${this.mostWaiting} requests are waiting already. Nothing was changed.`);
    }
    return new Promise((resolve, reject) => {
      let late: NodeJS.Timeout | undefined;
      const take = (): void => {
        this.waiting.delete(take);
        clearTimeout(late);
        resolve();
      };
      this.waiting.add(take);
      if (this.patience === Infinity) return;
      late = setTimeout(() => {
        this.waiting.delete(take);
        reject(new DomainError('busy', 'Others hold the tickets of requests before this one. Nothing was changed.'));
      }, this.patience);
    });
  }
}
