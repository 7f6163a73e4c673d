import { DomainError } from '../problems/domain-error';

/** Limits how many tasks run at once. Waiting tasks start in the order of their arrival. */
export class Semaphore {
  private running = 0;
  private readonly queue = new Set<() => void>();

  /**
   * @param concurrency tasks that run at once
   * @param queueLength tasks that may wait; further tasks are rejected as `busy`
   * @param timeout how long a task may wait, in milliseconds; a longer wait is rejected as `busy`
   */
  constructor(
    private readonly concurrency: number,
    private readonly queueLength = Infinity,
    private readonly timeout = Infinity,
  ) {}

  get isEmpty(): boolean {
    return this.running + this.queue.size === 0;
  }

  /** Runs a task when its turn has come. @throws DomainError `busy` when the queue is full or the wait times out */
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
    if (this.running >= this.concurrency) await this.wait();
    else this.running++;
  }

  release(): void {
    // The place passes to the task that has waited longest, so that no later task can overtake it.
    const [next] = this.queue;
    if (next === undefined) this.running--;
    else next();
  }

  private wait(): Promise<void> {
    if (this.queue.size >= this.queueLength) {
      throw new DomainError('busy', `${this.queueLength} requests are waiting already. Nothing was changed.`);
    }
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const start = (): void => {
        this.queue.delete(start);
        clearTimeout(timer);
        resolve();
      };
      this.queue.add(start);
      if (this.timeout === Infinity) return;
      timer = setTimeout(() => {
        this.queue.delete(start);
        reject(new DomainError('busy', 'Earlier requests of this kind take too long. Nothing was changed.'));
      }, this.timeout);
    });
  }
}
