import { Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { DomainError } from '../../problems/domain-error';
import type { CommittedTransition, TransitionRequest } from '../transition';

/** The committer's queue and connections, as the metrics read them. */
export interface CommitterState {
  readonly pool: Pool;
  queueLength(): number;
}

/** Counts transitions by phases and verdict, and measures the transactions that they share. */
@Injectable()
export class TransitionMetrics {
  private readonly transitions: Counter<'from' | 'to' | 'verdict'>;
  private readonly sizes: Histogram;
  private readonly durations: Histogram;

  constructor(private readonly registry: Registry) {
    const registers = [registry];
    this.transitions = new Counter({
      name: 'phaseline_moves_total',
      help: 'Requested transitions by phases and verdict. Phases that do not exist count as "other".',
      labelNames: ['from', 'to', 'verdict'],
      registers,
    });
    this.sizes = new Histogram({
      name: 'phaseline_commit_batch_size',
      help: 'Transitions committed in one transaction.',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
      registers,
    });
    this.durations = new Histogram({
      name: 'phaseline_commit_duration_seconds',
      help: 'Time from the first lock of a transaction to the response to its COMMIT.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    });
  }

  /** Adds the gauges of the committer. */
  watch(committer: CommitterState): void {
    const registers = [this.registry];
    new Gauge({
      name: 'phaseline_commit_queue_length',
      help: 'Transitions that wait for a transaction.',
      registers,
      collect() {
        this.set(committer.queueLength());
      },
    });
    new Gauge({
      name: 'phaseline_committer_connections',
      help: 'Database connections reserved for transitions.',
      labelNames: ['state'],
      registers,
      collect() {
        const { totalCount, idleCount } = committer.pool;
        this.set({ state: 'idle' }, idleCount);
        this.set({ state: 'used' }, totalCount - idleCount);
      },
    });
  }

  /** @param milliseconds from the first lock to the response to COMMIT */
  observeCommit(transitions: number, milliseconds: number): void {
    this.sizes.observe(transitions);
    this.durations.observe(milliseconds / 1_000);
  }

  countCommitted(committed: CommittedTransition): void {
    this.count(committed, 'ok');
  }

  /** Counts a legal transition that was not made because its atomic bulk request was rejected. */
  countWithdrawn(withdrawn: CommittedTransition): void {
    this.count(withdrawn, 'bulk_refused');
  }

  /** @param isPhase returns false for names that callers made up, which must not become label values */
  countRejected(error: unknown, request: TransitionRequest, isPhase: (name: string) => boolean): void {
    const verdict = error instanceof DomainError ? error.code : 'failed';
    const from = error instanceof DomainError ? error.facts['from_phase'] : undefined;
    const to = isPhase(request.toPhase) ? request.toPhase : 'other';
    this.transitions.inc({ from: typeof from === 'string' ? from : 'unknown', to, verdict });
  }

  private count({ transition }: CommittedTransition, verdict: string): void {
    this.transitions.inc({ from: transition.fromPhase, to: transition.toPhase, verdict });
  }
}
