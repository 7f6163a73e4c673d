import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { FastifyReply } from 'fastify';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';
import type { Reader } from '../database/reader';
import { Semaphore } from '../database/semaphore';
import { inTransaction } from '../database/transaction';
import { problemOf } from '../http/problems/problem';
import { ReadyAnswer, type WireAnswer } from '../http/server/ready-answer';
import { DomainError, type ProblemCode } from '../problems/domain-error';
import { keyInUse, keyReused, scopedKey, type IdempotencyKey } from './idempotency-key';
import {
  insertRecords,
  isKeyOutcome,
  lockKeys,
  outcomesOfKeys,
  readRecords,
  type KeyOutcome,
  type NewRecord,
  type RecordRow,
} from './idempotency-record.statements';

/** A change that runs in one transaction of its own: begin, lock, key, decide, respond, commit. */
export interface Command<Result, Locked = unknown> {
  /**
   * Commands of the same queue run one at a time in this process. When another session holds their rows, one connection
   * waits for them instead of all.
   */
  readonly queue?: string;
  /** Locks the tickets that the command changes. In the lock order, tickets precede idempotency keys. */
  lock?(manager: EntityManager): Promise<Locked>;
  /** Decides and writes. */
  decide(manager: EntityManager, locked: Locked): Promise<Result>;
  /** Returns the error that the caller receives. Runs after the transaction has ended, so that no lock is held. */
  explain?(error: unknown): unknown;
  /** Runs after the transaction. `result` is undefined when it failed or its outcome is unknown. */
  ended?(result: Result | undefined): void;
}

/** A successful response before it is serialized. Without a body, an empty one is sent. */
export interface CommandResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** Builds the response to a result. With a reader, it reads in the transaction that stores the response. */
export type Responder<Result> = (result: Result, reader?: Reader) => Promise<CommandResponse> | CommandResponse;

/** Runs the effect of a request. With a recorder, its transaction locks the key and stores the response. */
export type Attempt<Result> = (recorder?: ResponseRecorder<Result>) => Promise<Result | KeyOutcome>;

/** Builds the response to a request with an idempotency key inside the transaction that stores it. */
export class ResponseRecorder<Result> {
  private response: WireAnswer | undefined;

  constructor(
    readonly key: IdempotencyKey,
    private readonly respond: Responder<Result>,
  ) {}

  /** The response that was stored. */
  get recorded(): WireAnswer {
    if (this.response === undefined) throw new Error('The command stored no response');
    return this.response;
  }

  /** @returns the record to insert */
  async record(result: Result, reader: Reader): Promise<NewRecord> {
    this.response = serialize(await this.respond(result, reader));
    return { key: this.key, response: this.response };
  }
}

/** Rejections whose response is stored and replayed. All others may differ when the request is sent again. */
const STORED_REJECTIONS: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  'illegal_transition',
  'ticket_not_found',
  'project_not_found',
  'workflow_not_found',
  'api_key_not_found',
  'version_conflict',
  'ticket_archived',
  'precondition_failed',
  'guard_failed',
  'bulk_refused',
]);

/** How long a request waits for another process that is running the same key, in milliseconds. */
const KEY_TIMEOUT = 1_000;
const FIRST_DELAY = 20;

/** Commands that wait in one queue at most, and for how long, in milliseconds. */
const QUEUE = { waiting: 256, timeout: 2_000 };

/** A response and whether this request or an earlier one produced it. */
interface KeyedResponse {
  readonly kind: 'recorded' | 'replayed';
  readonly response: WireAnswer;
}

interface RunningRequest {
  readonly key: IdempotencyKey;
  readonly response: Promise<KeyedResponse>;
}

/**
 * Runs commands and responds to them. A request that is repeated with the same `Idempotency-Key` has no second effect
 * and gets the same response (draft-ietf-httpapi-idempotency-key-header), which the transaction of the effect stores.
 */
@Injectable()
export class CommandRunner {
  private readonly running = new Map<string, RunningRequest>();
  private readonly queues = new Map<string, Semaphore>();

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /**
   * Runs the command of a request in a transaction and responds to it.
   *
   * @param key null: the request has no `Idempotency-Key`, and its response is not stored
   * @param prepare builds the command; it may look up what the command needs
   * @returns the body
   * @throws ReadyAnswer for a stored response
   * @throws DomainError as `prepare` and the command, `idempotency_key_reused`, `idempotency_key_in_use`
   */
  run<Result>(
    reply: FastifyReply,
    key: IdempotencyKey | null,
    prepare: () => Promise<Command<Result>> | Command<Result>,
    respond: Responder<Result>,
  ): Promise<object | undefined> {
    return this.respond(reply, key, async (recorder) => this.transact(await prepare(), recorder), respond);
  }

  /** Runs a command that is not the effect of a request with an idempotency key. */
  async execute<Result>(command: Command<Result>): Promise<Result> {
    return (await this.transact(command)) as Result;
  }

  /**
   * Responds to a request whose effect has its own transaction. Otherwise as `run`.
   *
   * @param attempt runs the effect; it is repeated while another process is running the same key
   */
  async respond<Result>(
    reply: FastifyReply,
    key: IdempotencyKey | null,
    attempt: Attempt<Result>,
    respond: Responder<Result>,
  ): Promise<object | undefined> {
    if (key === null) {
      const { status, headers, body } = await respond((await attempt()) as Result);
      reply.code(status).headers(headers);
      return body;
    }
    const { kind, response } = await this.share(key, () => this.attemptUntilFree(key, attempt, respond));
    const headers = kind === 'replayed' ? { ...response.headers, 'idempotent-replayed': 'true' } : response.headers;
    if (kind === 'replayed' || response.status >= 400) throw new ReadyAnswer({ ...response, headers });
    reply.code(response.status).headers(headers);
    return response.body.length === 0 ? undefined : response.body;
  }

  private async transact<Result>(
    command: Command<Result>,
    recorder?: ResponseRecorder<Result>,
  ): Promise<Result | KeyOutcome> {
    const work = (): Promise<Result | KeyOutcome> =>
      inTransaction(this.dataSource, async (manager) => {
        const locked = await command.lock?.(manager);
        const taken = recorder && (await lockKey(manager, recorder.key));
        if (taken !== undefined) return taken;
        const result = await command.decide(manager, locked);
        if (recorder !== undefined) await insertRecord(manager, await recorder.record(result, manager));
        return result;
      });
    let result: Result | undefined;
    try {
      const outcome = await (command.queue === undefined ? work() : this.inQueue(command.queue, work));
      if (!isKeyOutcome(outcome)) result = outcome;
      return outcome;
    } catch (error) {
      throw command.explain === undefined ? error : await command.explain(error);
    } finally {
      command.ended?.(result);
    }
  }

  private async inQueue<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const queue = this.queues.get(name) ?? new Semaphore(1, QUEUE.waiting, QUEUE.timeout);
    this.queues.set(name, queue);
    try {
      return await queue.run(work);
    } finally {
      if (queue.isEmpty && this.queues.get(name) === queue) this.queues.delete(name);
    }
  }

  /** Equal requests that arrive at the same time share one attempt. */
  private async share(key: IdempotencyKey, run: () => Promise<KeyedResponse>): Promise<KeyedResponse> {
    const name = scopedKey(key);
    const running = this.running.get(name);
    if (running !== undefined) {
      if (!running.key.fingerprint.equals(key.fingerprint)) throw keyReused(key);
      return { ...(await running.response), kind: 'replayed' };
    }
    const response = run();
    this.running.set(name, { key, response });
    return response.finally(() => this.running.delete(name));
  }

  /** Waits for another process that is running the same key, outside of any transaction. */
  private async attemptUntilFree<Result>(
    key: IdempotencyKey,
    attempt: Attempt<Result>,
    respond: Responder<Result>,
  ): Promise<KeyedResponse> {
    const started = performance.now();
    for (let delay = FIRST_DELAY; ; delay *= 2) {
      const outcome = await this.attemptOnce(new ResponseRecorder(key, respond), attempt);
      if (outcome.kind !== 'key_in_use') return outcome;
      if (performance.now() - started > KEY_TIMEOUT) throw keyInUse(key);
      await sleep(delay);
    }
  }

  private async attemptOnce<Result>(
    recorder: ResponseRecorder<Result>,
    attempt: Attempt<Result>,
  ): Promise<KeyedResponse | KeyOutcome> {
    try {
      const outcome = await attempt(recorder);
      return isKeyOutcome(outcome) ? outcome : { kind: 'recorded', response: recorder.recorded };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      if (STORED_REJECTIONS.has(error.code)) return this.storeRejection(recorder.key, error);
      if (error.code !== 'validation_failed') throw error;
      // A body that is invalid now may have been valid at the first request, such as the initial phase of a new ticket.
      const taken = await inTransaction(this.dataSource, (manager) => lockKey(manager, recorder.key));
      if (taken === undefined) throw error;
      return taken;
    }
  }

  /** Stores a rejection in a transaction of its own, because a rejected command has none. */
  private storeRejection(key: IdempotencyKey, rejection: DomainError): Promise<KeyedResponse | KeyOutcome> {
    const problem = problemOf(rejection, key.path);
    const headers = { 'content-type': 'application/problem+json; charset=utf-8' };
    const response = { status: problem.status, headers, body: Buffer.from(JSON.stringify(problem)) };
    return inTransaction(this.dataSource, async (manager): Promise<KeyedResponse | KeyOutcome> => {
      const taken = await lockKey(manager, key);
      if (taken !== undefined) return taken;
      await insertRecord(manager, { key, response });
      return { kind: 'recorded', response };
    });
  }
}

/**
 * Locks a key until the transaction ends.
 *
 * @returns undefined when the key is free
 * @throws DomainError `idempotency_key_reused`
 */
async function lockKey(manager: EntityManager, key: IdempotencyKey): Promise<KeyOutcome | undefined> {
  const [locking, reading] = [lockKeys([key]), readRecords([key])];
  const locked = await manager.query<IdempotencyKey[]>(locking.text, locking.values);
  const records = await manager.query<RecordRow[]>(reading.text, reading.values);
  const outcome = outcomesOfKeys([key], locked, records).get(scopedKey(key));
  if (outcome instanceof DomainError) throw outcome;
  return outcome;
}

async function insertRecord(manager: EntityManager, record: NewRecord): Promise<void> {
  const { text, values } = insertRecords([record]);
  await manager.query(text, values);
}

function serialize({ status, headers, body }: CommandResponse): WireAnswer {
  if (body === undefined) return { status, headers, body: Buffer.alloc(0) };
  const type = { 'content-type': 'application/json; charset=utf-8' };
  return { status, headers: { ...headers, ...type }, body: Buffer.from(JSON.stringify(body)) };
}
