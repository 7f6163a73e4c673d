import type { FastifyInstance } from 'fastify';

/** The media types of bodies. PATCH has the semantics of a merge patch (RFC 7396) under both. */
export const JSON_TYPE = 'application/json';
export const MERGE_PATCH = 'application/merge-patch+json';

/** The role that a caller needs for a route. Routes that are `public` need no key. */
export type RouteRole = 'viewer' | 'worker' | 'admin' | 'public';

/** The configuration of a route. Hooks find it in `request.routeOptions.config`. */
export interface RouteSettings {
  readonly role?: RouteRole;
  /** The maximum size of a body, in bytes. */
  readonly bodyLimit?: number;
  /** The response is a page of a list. */
  readonly list?: { readonly compressed: boolean };
  /** The rate limit does not apply. */
  readonly unlimited?: boolean;
}

declare module 'fastify' {
  interface FastifyContextConfig extends RouteSettings {}
}

/** Swagger UI and the document, whose routes have no configuration of ours. */
const DOCUMENTATION = /^\/(docs|openapi\.json)(\/|$)/;

/** Throws when a route without a role is added, so that no route is public by mistake. */
export function requireRoles(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    if (DOCUMENTATION.test(route.url)) route.config = { ...route.config, role: 'public' };
    else if (route.config?.role === undefined) {
      const name = `${[route.method].flat().join(', ')} ${route.url}`;
      throw new Error(`${name} has no role. Declare it with @Endpoint({ role }).`);
    }
  });
}

/** Applies the body limits of routes: Nest passes the configuration of a route to Fastify, but not its body limit. */
export function applyBodyLimits(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    const bodyLimit = route.config?.bodyLimit;
    if (bodyLimit !== undefined) route.bodyLimit = bodyLimit;
  });
}

/** Authenticates requests. The access module provides the implementation. */
export abstract class Authentication {
  /** Adds a hook that rejects callers without the role of the route. */
  abstract guard(fastify: FastifyInstance): void;
}
