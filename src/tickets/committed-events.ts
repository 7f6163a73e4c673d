import { Injectable, Logger } from '@nestjs/common';

/**
 * Wakes subscribers after a commit that wrote events of tickets. Every writer signals after its COMMIT, and never before it
 * or after a rollback. The signal carries no data: a subscriber reads what is new from the database.
 */
@Injectable()
export class CommittedEvents {
  private readonly subscribers = new Set<() => void>();
  private readonly logger = new Logger('events');

  /** @returns a function that ends the subscription */
  subscribe(wake: () => void): () => void {
    this.subscribers.add(wake);
    return () => this.subscribers.delete(wake);
  }

  /** Wakes all subscribers. One that throws does not fail the writer: its changes are committed. */
  readonly signal = (): void => {
    for (const wake of this.subscribers) {
      try {
        wake();
      } catch (error) {
        this.logger.error(error, 'A subscriber to committed events failed');
      }
    }
  };
}
