import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { createPipelinedPool } from '../../database/pipelined-pool';
import { Semaphore } from '../../database/semaphore';
import { DomainError } from '../../problems/domain-error';
import { CommittedEvents } from '../../tickets/committed-events';
import { Ticket } from '../../tickets/ticket.entity';
import { WorkflowService } from '../../workflows/workflow.service';
import { CommitterMetrics } from './committer-metrics';
import type { CommittedMove, MoveRequest } from '../move';
import { commitBatch, commitTogether, HELD, type BatchTools, type Outcome, type Together } from './move-batch';
import type { Decision } from './move-plan';
import { MoveQueue } from './move-queue';
import { LockStatements } from './move-statements';

/** Bounds of the committer, in moves unless said otherwise. */
export const COMMITTER_LIMITS = {
  /** Moves that share a transaction at most: no fewer than one request may bring. */
  batch: 512,
  /** Batches under way at once: while one waits for the disk, the next is judged. */
  batches: 2,
  /** Moves that wait at most; more are refused as `busy`. */
  queue: 4_096,
  /** Tickets held by others that are waited for at once. */
  lanes: 4,
  /** How long a move may wait for a lane, or a request for a transaction of its own, in milliseconds. */
  patience: 2_000,
  /** Requests with a transaction of their own that are under way at once, and wait at most. */
  atomic: 2,
  atomicQueue: 64,
  /** The same, of those whose tickets others hold. */
  heldAtomic: 1,
} as const;

/** A request and the caller who waits for its answer. */
interface Waiting {
  readonly ticketId: string;
  readonly request: MoveRequest;
  readonly since: number;
  resolve(move: CommittedMove): void;
  reject(error: Error): void;
}

/**
 * The one write path of phases. Moves that arrive while a commit is under way are committed together by the next one;
 * when nothing is under way, a move is committed at once. Every caller is answered with its own verdict, after the
 * commit. Moves of one ticket are judged in the order in which they arrived.
 */
@Injectable()
export class TransitionCommitter implements OnApplicationShutdown {
  private readonly tools: BatchTools;
  private readonly queue = new MoveQueue<Waiting>();
  private readonly lanes: Waiting[][] = [];
  private readonly atomic = new Semaphore(
    COMMITTER_LIMITS.atomic,
    COMMITTER_LIMITS.atomicQueue,
    COMMITTER_LIMITS.patience,
  );
  /** Those whose tickets others hold wait here, so that they take no place from the rest. */
  private readonly heldAtomic = new Semaphore(
    COMMITTER_LIMITS.heldAtomic,
    COMMITTER_LIMITS.atomicQueue,
    COMMITTER_LIMITS.patience,
  );
  private batchesRunning = 0;
  private lanesRunning = 0;
  private flushScheduled = false;

  constructor(
    @InjectDataSource() dataSource: DataSource,
    workflows: WorkflowService,
    metrics: CommitterMetrics,
    committed: CommittedEvents,
  ) {
    const { batches, lanes, atomic, heldAtomic } = COMMITTER_LIMITS;
    const logger = new Logger('committer');
    this.tools = {
      pool: createPipelinedPool(dataSource, batches + lanes + atomic + heldAtomic, (error) =>
        logger.warn(`An idle connection was lost: ${error.message}`),
      ),
      statements: new LockStatements(dataSource.getMetadata(Ticket)),
      graphs: workflows,
      metrics,
      signal: committed.signal,
    };
    metrics.watchQueue(() => this.queue.length);
    metrics.watchPool(this.tools.pool);
  }

  /**
   * Commits a move, together with others that arrive with it.
   *
   * @throws DomainError `ticket_not_found`, `ticket_archived`, `illegal_transition`, `guard_failed`, `busy`,
   *   `outcome_unknown`
   * @throws StaleTicket where a precondition does not hold
   * @throws AnsweredBefore, KeyInUse, `idempotency_key_reused` for a request with a key
   */
  commit(request: MoveRequest): Promise<CommittedMove> {
    if (this.queue.length >= COMMITTER_LIMITS.queue) {
      const detail = `${COMMITTER_LIMITS.queue} moves are waiting already. Nothing was changed.`;
      return Promise.reject(new DomainError('busy', detail));
    }
    return new Promise((resolve, reject) => {
      this.queue.push({ ticketId: request.ticketId, request, since: Date.now(), resolve, reject });
      this.scheduleFlush();
    });
  }

  /**
   * Commits moves in a transaction of their own.
   *
   * @returns one decision a request
   * @throws DomainError `busy`, `outcome_unknown`, and what stands in the way of the key of the request
   */
  async commitTogether(requests: readonly MoveRequest[], how: Together): Promise<readonly Decision[]> {
    const decisions = await this.atomic.run(() => commitTogether(this.tools, requests, how, 'skip'));
    if (decisions !== HELD) return decisions;
    return (await this.heldAtomic.run(() => commitTogether(this.tools, requests, how, 'wait'))) as readonly Decision[];
  }

  /** Everything that was accepted gets its answer, then the connections end. No requests arrive any more. */
  async onApplicationShutdown(): Promise<void> {
    while (
      this.queue.length + this.lanes.length + this.batchesRunning + this.lanesRunning > 0 ||
      !this.atomic.isEmpty ||
      !this.heldAtomic.isEmpty
    )
      await sleep(5);
    await this.tools.pool.end();
  }

  /** After the requests that the same poll of the sockets brought: they share a batch, and nobody waits for company. */
  private scheduleFlush(): void {
    if (this.flushScheduled || this.batchesRunning >= COMMITTER_LIMITS.batches || !this.queue.hasReady) return;
    this.flushScheduled = true;
    setImmediate(() => {
      this.flushScheduled = false;
      const batch = this.queue.takeBatch(COMMITTER_LIMITS.batch);
      if (batch.length > 0) void this.runBatch(batch);
      this.scheduleFlush();
    });
  }

  private async runBatch(batch: readonly Waiting[]): Promise<void> {
    this.batchesRunning++;
    const outcomes = await commitBatch(this.tools, requestsOf(batch), 'skip');
    this.batchesRunning--;
    this.sendToLanes(answer(batch, outcomes), batch);
    this.scheduleFlush();
  }

  /** Tickets that somebody else holds are waited for one by one, beside the batches, so that they stall nobody. */
  private sendToLanes(held: readonly Waiting[], batch: readonly Waiting[]): void {
    const lanes = new Map<string, Waiting[]>();
    for (const caller of held) lanes.set(caller.ticketId, [...(lanes.get(caller.ticketId) ?? []), caller]);
    this.queue.release(new Set(batch.map(({ ticketId }) => ticketId).filter((id) => !lanes.has(id))));
    this.lanes.push(...lanes.values());
    this.runLanes();
  }

  private runLanes(): void {
    while (this.lanesRunning < COMMITTER_LIMITS.lanes) {
      const lane = this.lanes.shift();
      if (lane === undefined) return;
      void this.runLane(lane);
    }
  }

  private async runLane(lane: readonly Waiting[]): Promise<void> {
    this.lanesRunning++;
    const { ticketId, since } = lane[0]!;
    const late = Date.now() - since > COMMITTER_LIMITS.patience;
    answer(lane, late ? lane.map(heldTooLong) : await commitBatch(this.tools, requestsOf(lane), 'wait'));
    this.lanesRunning--;
    this.queue.release([ticketId]);
    this.runLanes();
    this.scheduleFlush();
  }
}

function requestsOf(waiting: readonly Waiting[]): MoveRequest[] {
  return waiting.map(({ request }) => request);
}

/** Answers every caller but those whose ticket is held by somebody else, and gives those back. */
function answer(waiting: readonly Waiting[], outcomes: readonly Outcome[]): Waiting[] {
  return waiting.filter((caller, i) => {
    const outcome = outcomes[i]!;
    if (outcome === HELD) return true;
    if (outcome instanceof Error) caller.reject(outcome);
    else caller.resolve(outcome);
    return false;
  });
}

function heldTooLong(): DomainError {
  return new DomainError('busy', 'Somebody else holds the ticket. Nothing was changed.');
}
