import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hash } from 'node:crypto';
import { DomainError } from '../../problems/domain-error';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whether the rate limit has counted the request. */
    isCounted: boolean;
  }
}

/** For how long requests are counted together, in seconds. */
const WINDOW = 60;

/** How many keys that were found valid are remembered; the plugin keeps as many counts of keys, and of addresses. */
const MEMORY = 5_000;

type Counter = ReturnType<FastifyInstance['createRateLimit']>;
type Count = Extract<Awaited<ReturnType<Counter>>, { isAllowed: false }>;

/**
 * So many requests a minute, each on the account of the key that it was sent with, or else of the address it came from.
 * The plugin only counts: the headers it knows are those of a draft of long ago.
 *
 * 1. Before anybody looks at a key: an address whose account is spent is refused, so that guessing keys costs us nothing.
 *    Not so where the key was valid before, or else one guesser behind a proxy would lock out everybody else there.
 * 2. As soon as it is known who asks: the request is counted, and refused when it is one too many.
 * 3. What was refused in between (no valid key, no such route) is counted with its answer.
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

  /** @param most how many requests a minute */
  static async on(fastify: FastifyInstance, most: number): Promise<RateLimit> {
    await fastify.register(rateLimit, { global: false, max: most, timeWindow: WINDOW * 1_000, cache: MEMORY });
    fastify.decorateRequest('isCounted', false);
    return new RateLimit(fastify, most);
  }

  /** Step 1: to be called before authentication adds its hook. */
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

  /** Steps 2 and 3: to be called after authentication has added its hook. */
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

  /** As draft-ietf-httpapi-ratelimit-headers has it since version 09. */
  private announce(reply: FastifyReply, { remaining, ttlInSeconds }: Count): void {
    reply.header('ratelimit-policy', this.policy);
    reply.header('ratelimit', `"default";r=${remaining};t=${ttlInSeconds}`);
  }

  private refusal(reply: FastifyReply, { ttlInSeconds }: Count): DomainError {
    reply.header('retry-after', ttlInSeconds);
    const detail = `This server takes ${this.most} requests a minute of a caller. Ask again in ${ttlInSeconds} s.`;
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

/** The key that a request was found to be sent with. The room above knows what else there is to a caller. */
function keyIdOf(request: FastifyRequest): string | null | undefined {
  return (request as { caller?: { keyId: string | null } }).caller?.keyId;
}

/** Tells one key from another without keeping either. */
function digestOf({ headers }: FastifyRequest): string {
  return hash('sha256', headers.authorization ?? '');
}
