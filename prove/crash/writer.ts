import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { shown, type Answer, type HttpClient, type Request } from '../http-client';
import { moveIn } from '../tickets';
import type { CrashSite } from './site';

/** Between tries while the service is away, in milliseconds. */
const PAUSE = 25;

/** A move that was answered with 200. The key, which is also its reason, names the request. */
export interface Acknowledged {
  readonly key: string;
  readonly toPhase: string;
  readonly transitionId: string;
  readonly text: string;
}

const WAY = ['TESTING', 'IMPLEMENTATION'] as const;

/** Moves one ticket to and fro, one request after the other, and never gives a request up before it is answered. */
export class Writer {
  readonly acknowledged: Acknowledged[] = [];
  /** Answers that nobody should get. */
  readonly odd: string[] = [];
  /** Requests that were sent more than once. */
  retries = 0;
  private stopping = false;
  private moves = 0;

  constructor(
    private readonly client: HttpClient,
    private readonly site: CrashSite,
    /** It begins in IMPLEMENTATION. */
    readonly ticketId: string,
  ) {}

  /** @param deadline no request is tried again after this time, in milliseconds since 1970 */
  async run(deadline: () => number): Promise<void> {
    while (!this.stopping) {
      const key = randomUUID();
      const toPhase = WAY[this.moves++ % WAY.length]!;
      const answer = await this.insist(this.requestFor(key, toPhase), deadline);
      if (answer === undefined) return;
      this.take(key, toPhase, answer);
    }
  }

  /** Lets the request that is under way come to its end. */
  stop(): void {
    this.stopping = true;
  }

  /** Sends a request of long ago again, when the move would be legal again. */
  async repeat({ key, toPhase, text }: Acknowledged): Promise<void> {
    this.retries++;
    const answer = await this.client.send(this.site.origin, this.requestFor(key, toPhase));
    if (answer.status === 200 && answer.text === text) return;
    this.odd.push(`ticket ${this.ticketId}: a late retry of ${key} was answered ${shown(answer)}`);
  }

  private take(key: string, toPhase: string, answer: Answer): void {
    const { status, text } = answer;
    if (status === 200) {
      this.acknowledged.push({ key, toPhase, transitionId: moveIn(answer).id, text });
      return;
    }
    this.odd.push(`ticket ${this.ticketId}: the move ${key} was answered ${shown(answer)}`);
    this.stopping = true;
  }

  /** Asks until there is an answer that says whether the move was made. Undefined: not before the deadline. */
  private async insist(request: Request, deadline: () => number): Promise<Answer | undefined> {
    for (let tries = 0; tries === 0 || Date.now() < deadline(); tries++) {
      if (tries === 1) this.retries++;
      const answer = await this.client.send(this.site.origin, request).catch(() => undefined);
      if (answer !== undefined && !isPassing(answer)) return answer;
      await sleep(PAUSE);
    }
    return undefined;
  }

  private requestFor(key: string, to_phase: string): Request {
    const path = `/api/v1/tickets/${this.ticketId}/transition`;
    return { method: 'POST', path, body: { to_phase, reason: key }, headers: { 'idempotency-key': key } };
  }
}

function isPassing({ status, body }: Answer): boolean {
  return status >= 500 || (status === 409 && body['code'] === 'idempotency_key_in_use');
}
