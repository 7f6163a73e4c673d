import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DomainError } from '../../problems/domain-error';
import { LIMITS } from './limits';
import { pathOf } from '../problems/problem.filter';

/** The route that the CORS plugin adds for preflights. Other OPTIONS requests must not match it. */
const ANY_OPTIONS = '*';

/** Rejects requests that match no route. Nest's filter does not see requests outside of its prefix. */
export function refuseUnknownRoutes(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (request.url.length > LIMITS.url) {
      const detail = `The URL has ${request.url.length} bytes. This server accepts up to ${LIMITS.url}.`;
      return done(new DomainError('uri_too_long', detail));
    }
    if (!request.is404 && request.routeOptions.url !== ANY_OPTIONS) return done();
    done(routeNotFound(request));
  });
}

function routeNotFound({ method, url }: FastifyRequest): DomainError {
  const detail = `The route ${method} ${pathOf(url)} does not exist. See /docs for all routes.`;
  return new DomainError('route_not_found', detail);
}

/** Collects the methods of every path that is added from now on. */
export function collectRoutes(fastify: FastifyInstance): ReadonlyMap<string, ReadonlySet<string>> {
  const methods = new Map<string, Set<string>>();
  fastify.addHook('onRoute', ({ method, url }) => {
    const known = methods.get(url) ?? new Set();
    methods.set(url, known);
    for (const name of [method].flat()) known.add(name);
  });
  return methods;
}

/** Adds a route to every known path that returns 405 with `Allow` for its other methods (RFC 9110 §15.5.6). */
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
        done(new DomainError('method_not_allowed', `${pathOf(request.url)} allows ${allow}; got ${request.method}.`));
      },
      handler: () => undefined,
    });
  }
}
