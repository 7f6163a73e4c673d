import cors, { type FastifyCorsOptions } from '@fastify/cors';
import type { FastifyInstance, FastifyRequest } from 'fastify';

const ALLOWED: FastifyCorsOptions = {
  methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
  allowedHeaders: ['Authorization', 'Content-Type', 'If-Match', 'If-None-Match', 'Idempotency-Key', 'X-Request-Id'],
  exposedHeaders: [
    'ETag',
    'Link',
    'Location',
    'Retry-After',
    'RateLimit',
    'RateLimit-Policy',
    'Idempotent-Replayed',
    'X-Request-Id',
  ],
  /** In seconds; what browsers remember of a preflight at most is between ten minutes and a day. */
  maxAge: 600,
};

/**
 * Lets pages of some origins use the API from browsers. Cookies are not: there are none, a key is sent by hand.
 *
 * @param origins as browsers name them, such as https://board.example
 */
export async function allowOrigins(fastify: FastifyInstance, origins: readonly string[]): Promise<void> {
  const known = new Set(origins);
  await fastify.register(cors, {
    delegator: (request: FastifyRequest, done: (error: null, options: FastifyCorsOptions) => void) => {
      const { origin = '' } = request.headers;
      done(null, { ...ALLOWED, origin: known.has(origin) && origin, preflight: isPreflight(request) });
    },
  });
}

/** Any other OPTIONS is a method that the path does not know. */
function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}
