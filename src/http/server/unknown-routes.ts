import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DomainError } from '../../problems/domain-error';
import { LIMITS } from './limits';
import { pathOf } from '../problems/problem.filter';

/** The route that the CORS plugin adds for preflights, wherever they go; any other OPTIONS must not find it. */
const ANY_OPTIONS = '*';

/** Answers what no route answers, with problems. Nest's filter never sees requests outside its prefix. */
export function refuseUnknownRoutes(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (request.url.length > LIMITS.url) {
      const detail = `The URL has ${request.url.length} bytes; this server takes ${LIMITS.url}.`;
      return done(new DomainError('uri_too_long', detail));
    }
    if (!request.is404 && request.routeOptions.url !== ANY_OPTIONS) return done();
    done(routeNotFound(request));
  });
}

function routeNotFound({ method, url }: FastifyRequest): DomainError {
  const detail = `There is no route ${method} ${pathOf(url)}. All of them are described under /docs.`;
  return new DomainError('route_not_found', detail);
}

/** Remembers the methods of every path, from now on. */
export function collectRoutes(fastify: FastifyInstance): ReadonlyMap<string, ReadonlySet<string>> {
  const methods = new Map<string, Set<string>>();
  fastify.addHook('onRoute', ({ method, url }) => {
    const known = methods.get(url) ?? new Set();
    methods.set(url, known);
    for (const name of [method].flat()) known.add(name);
  });
  return methods;
}

/** Gives every known path one more route for the methods it lacks: 405 with `Allow` (RFC 9110 §15.5.6). */
export function refuseOtherMethods(fastify: FastifyInstance, routes: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const [url, known] of Array.from(routes)) {
    const missing = fastify.supportedMethods.filter((method) => !known.has(method));
    const allow = [...known].sort().join(', ');
    if (missing.length === 0) continue;
    fastify.route({
      method: missing,
      url,
      exposeHeadRoute: false,
      config: { role: 'public' },
      onRequest: (request, reply, done) => {
        if (Object.values(request.params as object).includes('')) return done(routeNotFound(request));
        reply.header('allow', allow);
        done(new DomainError('method_not_allowed', `${pathOf(request.url)} knows ${allow}; got ${request.method}.`));
      },
      handler: () => undefined,
    });
  }
}
