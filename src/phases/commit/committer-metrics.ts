import { Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { Gauge, Histogram, Registry } from 'prom-client';

/** Shows how moves share transactions. */
@Injectable()
export class CommitterMetrics {
  private readonly sizes: Histogram;
  private readonly durations: Histogram;
  private queueLength: () => number = () => 0;
  private pool: Pool | undefined;

  constructor(registry: Registry) {
    this.sizes = new Histogram({
      name: 'phaseline_commit_batch_size',
      help: 'Moves that were committed in one transaction.',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
      registers: [registry],
    });
    this.durations = new Histogram({
      name: 'phaseline_commit_duration_seconds',
      help: 'Time from the locks of a transaction of moves to the answer to its COMMIT.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers: [registry],
    });
    const length = (): number => this.queueLength();
    new Gauge({
      name: 'phaseline_commit_queue_length',
      help: 'Moves that wait for a batch.',
      registers: [registry],
      collect() {
        this.set(length());
      },
    });
    const pool = (): Pool | undefined => this.pool;
    new Gauge({
      name: 'phaseline_committer_connections',
      help: 'Connections to the database that moves have to themselves.',
      labelNames: ['state'],
      registers: [registry],
      collect() {
        const { totalCount = 0, idleCount = 0 } = pool() ?? {};
        this.set({ state: 'idle' }, idleCount);
        this.set({ state: 'used' }, totalCount - idleCount);
      },
    });
  }

  watchPool(pool: Pool): void {
    this.pool = pool;
  }

  /** @param length tells how many moves wait, whenever somebody asks */
  watchQueue(length: () => number): void {
    this.queueLength = length;
  }

  /** @param milliseconds from the locks to the answer to COMMIT */
  observeCommit(moves: number, milliseconds: number): void {
    this.sizes.observe(moves);
    this.durations.observe(milliseconds / 1_000);
  }
}
