import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { createPipelinedPool } from '../../database/pipelined-pool';
import { Semaphore } from '../../database/semaphore';
import type { KeyOutcome } from '../../idempotency/idempotency-record.statements';
import { BUDGETS } from '../../http/server/limits';
import { DomainError } from '../../problems/domain-error';
import { CommittedEvents } from '../../tickets/committed-events';
import { Ticket } from '../../tickets/ticket.entity';
import { WorkflowService } from '../../workflows/workflow.service';
import type { CommittedTransition, DecidedTransition, TransitionRequest } from '../transition';
import { IdempotencyParticipant } from './idempotency-participant';
import type { Participant, TransitionBatch, TransitionOutcome } from './participant';
import { commitBatch, commitBulk, type BatchContext } from './transition-batch';
import { TransitionMetrics } from './transition-metrics';
import { TransitionQueue, type BatchBounds } from './transition-queue';
import { LockStatements } from '../phase.statements';

/** The bounds of the committer, in transitions unless stated otherwise. */
export const COMMITTER_LIMITS = {
  /** Transitions in one transaction at most: no fewer than one bulk request may bring. */
  batch: 512,
  /** Bytes of reasons and artifacts of a transition that a full batch takes in addition. */
  light: 2 * 1024,
  /** Batches that run at once: while one waits for the disk, the next is judged. */
  batches: 2,
  /** Transitions that wait at most; more are rejected as `busy`. */
  queue: 4_096,
  /** Contended tickets that are waited for at once. */
  contended: 4,
  /** How long a transition of a contended ticket or a bulk request waits for its turn, in milliseconds. */
  timeout: 2_000,
  /** Bulk requests with a transaction of their own that run at once, and that wait at most. */
  bulk: 2,
  bulkQueue: 64,
  /** Bulk requests with contended tickets that run at once. */
  contendedBulk: 1,
} as const;

const BATCH_BOUNDS: BatchBounds = {
  items: COMMITTER_LIMITS.batch,
  bytes: BUDGETS.batch,
  light: COMMITTER_LIMITS.light,
};

/** A request in the queue, and how to answer its caller. */
interface QueuedTransition {
  readonly lane: string;
  readonly bytes: number;
  readonly request: TransitionRequest;
  readonly since: number;
  resolve(outcome: CommittedTransition | KeyOutcome): void;
  reject(error: Error): void;
}

/**
 * The one write path of phases. Transitions that arrive while a commit is running are committed together by the next one;
 * when none is running, a transition is committed at once. Every caller is answered after the commit. Transitions of one
 * ticket are judged in their order of arrival.
 */
@Injectable()
export class TransitionCommitter implements OnApplicationShutdown {
  private readonly context: BatchContext;
  private readonly queue = new TransitionQueue<QueuedTransition>();
  /** Transitions of contended tickets, grouped by ticket. Each ticket is waited for on a connection of its own. */
  private readonly contended: QueuedTransition[][] = [];
  private readonly bulk = semaphoreOf(COMMITTER_LIMITS.bulk);
  /** Bulk requests with contended tickets, so that they do not block other bulk requests. */
  private readonly contendedBulk = semaphoreOf(COMMITTER_LIMITS.contendedBulk);
  private batchesRunning = 0;
  private contendedRunning = 0;
  private flushScheduled = false;

  constructor(
    @InjectDataSource() dataSource: DataSource,
    workflows: WorkflowService,
    metrics: TransitionMetrics,
    { signal }: CommittedEvents,
  ) {
    const { batches, contended, bulk, contendedBulk } = COMMITTER_LIMITS;
    const logger = new Logger('committer');
    const pool = createPipelinedPool(dataSource, batches + contended + bulk + contendedBulk, (error) =>
      logger.warn(`An idle connection was lost: ${error.message}`),
    );
    const statements = new LockStatements(dataSource.getMetadata(Ticket));
    const participants: Participant[] = [
      new IdempotencyParticipant(),
      { committed: ({ moves }) => moves.length > 0 && signal() },
    ];
    this.context = { pool, statements, graphs: workflows, participants, metrics };
    metrics.watch({ pool, queueLength: () => this.queue.length });
  }

  /**
   * Commits a transition, together with others that arrive at the same time.
   *
   * @throws DomainError `ticket_not_found`, `ticket_archived`, `illegal_transition`, `guard_failed`, `busy`,
   *   `outcome_unknown`, and `idempotency_key_reused` for a request with a key
   * @throws StaleTicket when a precondition does not hold
   */
  commit(request: TransitionRequest): Promise<CommittedTransition | KeyOutcome> {
    if (this.queue.length >= COMMITTER_LIMITS.queue) {
      const detail = `${COMMITTER_LIMITS.queue} transitions are already waiting; nothing was changed.`;
      return Promise.reject(new DomainError('busy', detail));
    }
    return new Promise((resolve, reject) => {
      const { ticketId, projectId } = request;
      const lane = projectId === null ? ticketId : `${ticketId} ${projectId}`;
      this.queue.push({ lane, bytes: sizeOf(request), request, since: performance.now(), resolve, reject });
      this.scheduleFlush();
    });
  }

  /**
   * Commits the transitions of one HTTP request in a transaction of their own.
   *
   * @param atomic true: one rejection withdraws all transitions
   * @returns one decision for each request
   * @throws DomainError `busy`, `outcome_unknown`, and `idempotency_key_reused` for a request with a key
   */
  async commitBulk(batch: TransitionBatch, atomic: boolean): Promise<readonly DecidedTransition[] | KeyOutcome> {
    const outcome = await this.bulk.run(() => commitBulk(this.context, batch, atomic, 'skip'));
    if (!('kind' in outcome) || outcome.kind !== 'contended') return outcome;
    const waited = await this.contendedBulk.run(() => commitBulk(this.context, batch, atomic, 'wait'));
    return waited as Exclude<typeof waited, typeof outcome>;
  }

  /** Answers everything that was accepted, then closes the connections. No requests arrive any more. */
  async onApplicationShutdown(): Promise<void> {
    const isBusy = (): boolean =>
      this.queue.length + this.contended.length + this.batchesRunning + this.contendedRunning > 0 ||
      !this.bulk.isEmpty ||
      !this.contendedBulk.isEmpty;
    while (isBusy()) await sleep(5);
    await this.context.pool.end();
  }

  /** Takes a batch after all requests of the current poll of the sockets have arrived, so that they share it. */
  private scheduleFlush(): void {
    if (this.flushScheduled || this.batchesRunning >= COMMITTER_LIMITS.batches || !this.queue.hasReady) return;
    this.flushScheduled = true;
    setImmediate(() => {
      this.flushScheduled = false;
      const batch = this.queue.takeBatch(BATCH_BOUNDS);
      if (batch.length > 0) void this.runBatch(batch);
      this.scheduleFlush();
    });
  }

  private async runBatch(batch: readonly QueuedTransition[]): Promise<void> {
    this.batchesRunning++;
    const outcomes = await commitBatch(this.context, requestsOf(batch), 'skip');
    this.batchesRunning--;
    const contended = new Map<string, QueuedTransition[]>();
    for (const queued of answer(batch, outcomes)) {
      const sameTicket = contended.get(queued.lane);
      if (sameTicket === undefined) contended.set(queued.lane, [queued]);
      else sameTicket.push(queued);
    }
    this.queue.release(new Set(batch.map(({ lane }) => lane).filter((lane) => !contended.has(lane))));
    this.contended.push(...contended.values());
    this.runContended();
    this.scheduleFlush();
  }

  /** Waits for contended tickets one by one, beside the batches, so that they do not delay other tickets. */
  private runContended(): void {
    while (this.contendedRunning < COMMITTER_LIMITS.contended) {
      const sameTicket = this.contended.shift();
      if (sameTicket === undefined) return;
      void this.runContendedTicket(sameTicket);
    }
  }

  private async runContendedTicket(sameTicket: readonly QueuedTransition[]): Promise<void> {
    this.contendedRunning++;
    const [first] = sameTicket;
    const isLate = first !== undefined && performance.now() - first.since > COMMITTER_LIMITS.timeout;
    const outcomes = isLate
      ? sameTicket.map(lockTimeout)
      : await commitBatch(this.context, requestsOf(sameTicket), 'wait');
    answer(sameTicket, outcomes);
    this.contendedRunning--;
    this.queue.release(sameTicket.map(({ lane }) => lane));
    this.runContended();
    this.scheduleFlush();
  }
}

/** Returns the size of the texts of a request, which are most of what its transaction writes. */
function sizeOf({ reason, artifacts }: TransitionRequest): number {
  return (reason?.length ?? 0) + (artifacts === null ? 0 : JSON.stringify(artifacts).length);
}

function semaphoreOf(size: number): Semaphore {
  return new Semaphore(size, COMMITTER_LIMITS.bulkQueue, COMMITTER_LIMITS.timeout);
}

function requestsOf(queued: readonly QueuedTransition[]): TransitionRequest[] {
  return queued.map(({ request }) => request);
}

/** Answers callers and returns those whose ticket is contended. */
function answer(queued: readonly QueuedTransition[], outcomes: readonly TransitionOutcome[]): QueuedTransition[] {
  return queued.filter((each, i) => {
    const outcome = outcomes[i]!;
    if (outcome instanceof Error) each.reject(outcome);
    else if (outcome.kind === 'contended') return true;
    else each.resolve(outcome);
    return false;
  });
}

function lockTimeout(): DomainError {
  return new DomainError('busy', 'The ticket is locked by another transaction; nothing was changed.');
}
