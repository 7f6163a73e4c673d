import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { FastifyReply } from 'fastify';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { Reader } from '../database/reader';
import { inTransaction } from '../database/transaction';
import { problemOf } from '../http/problems/problem';
import { ReadyAnswer, type WireAnswer } from '../http/server/ready-answer';
import { DomainError, type ProblemCode } from '../problems/domain-error';
import { nameOf, type KeyClaim } from './key-claim';
import { AnsweredBefore, KeyInUse, keyReused } from './key-statements';
import { claimKey, keepAnswer, type Receipt } from './receipt';

/** How a command is answered when it succeeds. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** What goes over the wire as JSON; undefined: nothing. */
  readonly body?: object;
}

/** Says how a result is answered; within a transaction, where it is kept by one. */
type Answering<T> = (result: T, within?: Reader) => Promise<Answer> | Answer;

/** Refusals that a repeated request is answered with again. Others may be different the next time. */
const KEPT_REFUSALS: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
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

/** How long a request waits for another process that is at work with the same key, in milliseconds. */
const PATIENCE = 1_000;
const FIRST_PAUSE = 20;

/** What became of a request, and whether it is told again. */
interface Told {
  readonly answer: WireAnswer;
  readonly again: boolean;
}

/** A request under way in this process. */
interface Running {
  readonly claim: KeyClaim;
  readonly told: Promise<Told>;
}

/**
 * Makes a request that is sent again with the same `Idempotency-Key` have no second effect and the same answer
 * (draft-ietf-httpapi-idempotency-key-header). The answer is kept by the transaction of the effect.
 */
@Injectable()
export class IdempotencyService {
  private readonly running = new Map<string, Running>();

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /**
   * Runs a command and answers it.
   *
   * @param claim null: the request has no key, and nothing is kept
   * @param effect does it; in its transaction it calls `claimKey` and `keepAnswer`, or what does the same
   * @param answerOf says how a result is answered
   * @returns the body
   * @throws ReadyAnswer for an answer that was given before, and for a refusal that is kept
   * @throws DomainError what the effect throws, `idempotency_key_reused`, `idempotency_key_in_use`
   */
  async answer<T>(
    reply: FastifyReply,
    claim: KeyClaim | null,
    effect: (receipt?: Receipt<T>) => Promise<T>,
    answerOf: Answering<T>,
  ): Promise<object | undefined> {
    if (claim === null) {
      const { status, headers, body } = await answerOf(await effect());
      reply.code(status).headers(headers);
      return body;
    }
    const { answer, again } = await this.tell(claim, () => this.runUntilFree(claim, effect, answerOf));
    const headers = again ? { ...answer.headers, 'idempotent-replayed': 'true' } : answer.headers;
    if (again || answer.status >= 400) throw new ReadyAnswer({ ...answer, headers });
    reply.code(answer.status).headers(headers);
    return answer.body.length === 0 ? undefined : answer.body;
  }

  /** Of equal requests that arrive at once, one runs and the others are told the same. */
  private async tell(claim: KeyClaim, run: () => Promise<Told>): Promise<Told> {
    const name = nameOf(claim);
    const running = this.running.get(name);
    if (running !== undefined) {
      if (!running.claim.fingerprint.equals(claim.fingerprint)) throw keyReused(claim);
      return { ...(await running.told), again: true };
    }
    const told = run();
    this.running.set(name, { claim, told });
    return told.finally(() => this.running.delete(name));
  }

  /** Another process with the same key is waited for outside of any transaction, and not for long. */
  private async runUntilFree<T>(
    claim: KeyClaim,
    effect: (receipt: Receipt<T>) => Promise<T>,
    answerOf: Answering<T>,
  ): Promise<Told> {
    const started = Date.now();
    for (let pause = FIRST_PAUSE; ; pause *= 2) {
      try {
        return await this.run(claim, effect, answerOf);
      } catch (error) {
        if (error instanceof AnsweredBefore) return { answer: error.answer, again: true };
        if (!(error instanceof KeyInUse)) throw error;
        if (Date.now() - started > PATIENCE) throw keyInUse(claim);
      }
      await sleep(pause);
    }
  }

  private async run<T>(
    claim: KeyClaim,
    effect: (receipt: Receipt<T>) => Promise<T>,
    answerOf: Answering<T>,
  ): Promise<Told> {
    let answer: WireAnswer | undefined;
    const receipt = {
      claim,
      answerOf: async (result: T, within?: Reader) => (answer = toWire(await answerOf(result, within))),
    };
    try {
      const result = await effect(receipt);
      return { answer: answer ?? toWire(await answerOf(result)), again: false };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      if (KEPT_REFUSALS.has(error.code)) return { answer: await this.keepRefusal(claim, error), again: false };
      if (error.code === 'validation_failed') await this.repeatAnswer(claim);
      throw error;
    }
  }

  /**
   * What does not fit now may have fitted when it was sent first: the phase that a ticket is to begin in, say.
   *
   * @throws AnsweredBefore where it was answered then
   */
  private repeatAnswer(claim: KeyClaim): Promise<void> {
    const receipt = { claim, answerOf: () => Promise.reject(new Error('Nothing is answered anew')) };
    return inTransaction(this.dataSource, (manager) => claimKey(manager, receipt));
  }

  /** A refusal has no effect that it could share a transaction with, so it has one of its own. */
  private keepRefusal(claim: KeyClaim, refusal: DomainError): Promise<WireAnswer> {
    const problem = problemOf(refusal, claim.path);
    const headers = { 'content-type': 'application/problem+json; charset=utf-8' };
    const answer = { status: problem.status, headers, body: Buffer.from(JSON.stringify(problem)) };
    const receipt = { claim, answerOf: () => Promise.resolve(answer) };
    return inTransaction(this.dataSource, async (manager) => {
      await claimKey(manager, receipt);
      await keepAnswer(manager, receipt, undefined);
      return answer;
    });
  }
}

function toWire({ status, headers, body }: Answer): WireAnswer {
  if (body === undefined) return { status, headers, body: Buffer.alloc(0) };
  const type = { 'content-type': 'application/json; charset=utf-8' };
  return { status, headers: { ...headers, ...type }, body: Buffer.from(JSON.stringify(body)) };
}

function keyInUse({ key }: KeyClaim): DomainError {
  const detail = `A request with the key ${JSON.stringify(key)} is still running. Ask again for its answer.`;
  return new DomainError('idempotency_key_in_use', detail);
}
