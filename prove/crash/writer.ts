import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { summaryOf, type HttpClient, type HttpRequest, type HttpResponse } from '../../testkit/http-client';
import { transitionIn } from '../tickets';
import type { Installation } from './installation';

/** Time between two tries while the service is down, in milliseconds. */
const RETRY_INTERVAL = 25;

/** A transition that was answered with 200. The Idempotency-Key, which is also its reason, identifies the request. */
export interface AcknowledgedTransition {
  readonly key: string;
  readonly toPhase: string;
  readonly transitionId: string;
  /** The response's body. */
  readonly text: string;
}

/** Moves one ticket between two phases, request by request, and repeats each request until it receives a response. */
export class Writer {
  readonly acknowledged: AcknowledgedTransition[] = [];
  /** Responses that should not occur. */
  readonly unexpected: string[] = [];
  /** Requests that were sent more than once. */
  retries = 0;
  private isStopping = false;
  private transitions = 0;

  /** @param ticketId of a ticket in IMPLEMENTATION */
  constructor(
    private readonly client: HttpClient,
    private readonly installation: Pick<Installation, 'origin'>,
    readonly ticketId: string,
  ) {}

  /** @param deadline time after which no request is retried, in milliseconds since 1970 */
  async run(deadline: () => number): Promise<void> {
    while (!this.isStopping) {
      const key = randomUUID();
      const toPhase = this.transitions++ % 2 === 0 ? 'TESTING' : 'IMPLEMENTATION';
      const response = await this.sendUntilAnswered(this.requestFor(key, toPhase), deadline);
      if (response === undefined) return;
      this.record(key, toPhase, response);
    }
  }

  /** Ends `run` after the current request. */
  stop(): void {
    this.isStopping = true;
  }

  /** Sends an acknowledged request again, when the transition would be legal again. */
  async repeat({ key, toPhase, text }: AcknowledgedTransition): Promise<void> {
    this.retries++;
    const response = await this.client.send(this.installation.origin, this.requestFor(key, toPhase));
    if (response.status === 200 && response.text === text) return;
    this.unexpected.push(`ticket ${this.ticketId}: a late retry of ${key} received ${summaryOf(response)}`);
  }

  private record(key: string, toPhase: string, response: HttpResponse): void {
    const transition = transitionIn(response);
    if (response.status === 200 && transition !== undefined) {
      this.acknowledged.push({ key, toPhase, transitionId: transition.id, text: response.text });
      return;
    }
    this.unexpected.push(`ticket ${this.ticketId}: the transition ${key} received ${summaryOf(response)}`);
    this.isStopping = true;
  }

  /** Returns the response that settles the request; undefined when none arrives before the deadline. */
  private async sendUntilAnswered(request: HttpRequest, deadline: () => number): Promise<HttpResponse | undefined> {
    for (let tries = 0; tries === 0 || Date.now() < deadline(); tries++) {
      if (tries === 1) this.retries++;
      const response = await this.client.send(this.installation.origin, request).catch(() => undefined);
      if (response !== undefined && !isTemporary(response)) return response;
      await sleep(RETRY_INTERVAL);
    }
    return undefined;
  }

  private requestFor(key: string, to_phase: string): HttpRequest {
    const path = `/api/v1/tickets/${this.ticketId}/transition`;
    return { method: 'POST', path, body: { to_phase, reason: key }, headers: { 'idempotency-key': key } };
  }
}

function isTemporary({ status, body }: HttpResponse): boolean {
  return status >= 500 || (status === 409 && body['code'] === 'idempotency_key_in_use');
}
