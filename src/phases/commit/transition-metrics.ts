import { Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { SDLC_GRAPH } from '../../machine/sdlc';
import { DomainError } from '../../problems/domain-error';
import { IllegalTransition } from '../illegal-transition';
import type { CommittedTransition, TransitionRequest } from '../transition';

/**
 * Pairs of phases of own workflows that have series of their own. Callers with a key can define phases without end; further
 * ones are counted as `other`. The phases of the built-in workflow have series always.
 */
const MAX_PAIRS = 500;

/** The label of phases without a series of their own. */
const OTHER = 'other';

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
  /** The pairs of phases of own workflows that have series. */
  private readonly pairs = new Set<string>();

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

  /** Names of phases that a caller made up do not become label values. */
  countRejected(error: unknown, { toPhase }: TransitionRequest): void {
    if (!(error instanceof DomainError)) return this.add('unknown', isBuiltIn(toPhase) ? toPhase : OTHER, 'failed');
    const { from_phase: from } = error.facts;
    const to = isBuiltIn(toPhase) || isPhaseOfWorkflow(error) ? toPhase : OTHER;
    this.add(typeof from === 'string' ? from : 'unknown', to, error.code);
  }

  private count({ transition }: CommittedTransition, verdict: string): void {
    this.add(transition.fromPhase, transition.toPhase, verdict);
  }

  private add(from: string, to: string, verdict: string): void {
    const hasSeries = (isBuiltIn(from) && isBuiltIn(to)) || this.mayHaveSeries(`${from.length} ${from} ${to}`);
    this.transitions.inc({ from: hasSeries ? from : OTHER, to: hasSeries ? to : OTHER, verdict });
  }

  private mayHaveSeries(pair: string): boolean {
    if (!this.pairs.has(pair) && this.pairs.size < MAX_PAIRS) this.pairs.add(pair);
    return this.pairs.has(pair);
  }
}

/** Returns true for phases of the built-in workflow and for the labels that stand in for a phase. */
function isBuiltIn(phase: string): boolean {
  return SDLC_GRAPH.phases.has(phase) || phase === 'unknown' || phase === OTHER;
}

/** Returns true if the rejection names a target that the ticket's workflow has. */
function isPhaseOfWorkflow(error: DomainError): boolean {
  return error.code === 'guard_failed' || (error instanceof IllegalTransition && error.rejected.isPhase);
}
