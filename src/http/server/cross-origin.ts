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
  /** In seconds. Browsers cap it at values between ten minutes and a day. */
  maxAge: 600,
};

/**
 * Allows pages of the given origins to use the API from browsers. Credentials are not allowed: the API uses no cookies.
 *
 * @param origins in the form that browsers send, such as https://board.example
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

/** Returns whether a request is a preflight. Other OPTIONS requests return 405. */
function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}
