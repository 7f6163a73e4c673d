import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hash } from 'node:crypto';
import { DomainError } from '../../problems/domain-error';
import { WindowCounts } from './window-counts';

declare module 'fastify' {
  interface FastifyRequest {
    /** True once the rate limit has counted the request. */
    isCounted: boolean;
  }
}

/** The length of the counting window, in seconds. */
const WINDOW = 60;

/** The maximum number of cached valid keys. */
const MEMORY = 5_000;

type Counter = ReturnType<FastifyInstance['createRateLimit']>;
type Count = Extract<Awaited<ReturnType<Counter>>, { isAllowed: false }>;

/**
 * Limits requests per minute, by API key or, without a key, by address. The plugin only counts, because its headers follow
 * an outdated draft.
 *
 * 1. Before authentication, an address that exceeded the limit is rejected, so that guessing keys is cheap to reject.
 *    Requests with a known valid key pass, so that one attacker behind a proxy does not block its other clients.
 * 2. After authentication, the request is counted, and rejected if it exceeds the limit.
 * 3. A request that was rejected in between (invalid key, unknown route) is counted with its response.
 */
export class RateLimit {
  private readonly byAddress: Counter;
  private readonly byKey: Counter;
  private readonly policy: string;
  private readonly validated = new Set<string>();

  private constructor(
    private readonly fastify: FastifyInstance,
    private readonly most: number,
  ) {
    this.policy = `"default";q=${most};w=${WINDOW}`;
    this.byAddress = fastify.createRateLimit();
    this.byKey = fastify.createRateLimit({ keyGenerator: (request) => keyIdOf(request)! });
  }

  /** @param most the maximum number of requests per minute */
  static async on(fastify: FastifyInstance, most: number): Promise<RateLimit> {
    await fastify.register(rateLimit, {
      global: false,
      max: most,
      timeWindow: WINDOW * 1_000,
      store: WindowCounts,
    });
    fastify.decorateRequest('isCounted', false);
    return new RateLimit(fastify, most);
  }

  /** Step 1. Called before authentication adds its hook. */
  refuseSpentAddresses(): void {
    this.fastify.addHook('onRequest', async (request, reply) => {
      if (isUnlimited(request)) return;
      const count = (await this.byAddress(request, { increment: false })) as Count;
      if (count.remaining > 0 || this.validated.has(digestOf(request))) return;
      request.isCounted = true;
      this.announce(reply, count);
      throw this.refusal(reply, count);
    });
  }

  /** Steps 2 and 3. Called after authentication added its hook. */
  countRequests(): void {
    this.fastify.addHook('onRequest', async (request, reply) => {
      if (isUnlimited(request)) return;
      const count = await this.count(request, reply);
      if (count.isExceeded) throw this.refusal(reply, count);
      if (keyIdOf(request) && count.remaining === this.most - 1) this.remember(digestOf(request));
    });
    this.fastify.addHook('onSend', async (request, reply) => {
      if (request.isCounted || reply.statusCode < 400 || isUnlimited(request)) return;
      if (reply.statusCode === 401) this.validated.delete(digestOf(request));
      await this.count(request, reply);
    });
  }

  private async count(request: FastifyRequest, reply: FastifyReply): Promise<Count> {
    request.isCounted = true;
    const counter = keyIdOf(request) ? this.byKey : this.byAddress;
    const count = (await counter(request)) as Count;
    this.announce(reply, count);
    return count;
  }

  /** Sets the headers of draft-ietf-httpapi-ratelimit-headers, version 09 and later. */
  private announce(reply: FastifyReply, { remaining, ttlInSeconds }: Count): void {
    reply.header('ratelimit-policy', this.policy);
    reply.header('ratelimit', `"default";r=${remaining};t=${ttlInSeconds}`);
  }

  private refusal(reply: FastifyReply, { ttlInSeconds }: Count): DomainError {
    reply.header('retry-after', ttlInSeconds);
    const detail = `Rate limit exceeded (${this.most} requests per minute). Retry in ${ttlInSeconds} s.`;
    return new DomainError('too_many_requests', detail);
  }

  private remember(digest: string): void {
    const [first] = this.validated;
    if (first !== undefined && this.validated.size >= MEMORY) this.validated.delete(first);
    this.validated.add(digest);
  }
}

function isUnlimited(request: FastifyRequest): boolean {
  return request.routeOptions.config.unlimited === true;
}

/** Returns the id of the request's valid API key. The access module defines the other properties of a caller. */
export function keyIdOf(request: FastifyRequest): string | null | undefined {
  return (request as { caller?: { keyId: string | null } }).caller?.keyId;
}

/** Returns a digest of the request's key, so that keys are not kept in memory. */
function digestOf({ headers }: FastifyRequest): string {
  return hash('sha256', headers.authorization ?? '');
}
