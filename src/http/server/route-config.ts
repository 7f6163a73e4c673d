import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** See `RouteSettings`. */
    role?: string;
    unlimited?: boolean;
  }
}

/** What our decorators tell the server of a route; hooks find it in `request.routeOptions.config`. */
export interface RouteSettings {
  /** In bytes. */
  bodyLimit?: number;
  /** The role that a caller needs; `public`: not even a key. */
  role?: string;
  /** The rate limit does not apply. */
  unlimited?: boolean;
}

const SETTINGS = Symbol('route settings');

/** Adds to the configuration of a route. Nest's own decorator keeps only what the last one said. */
export function ConfigureRoute(settings: RouteSettings): MethodDecorator {
  return (target, property, descriptor) => {
    const method = descriptor.value as object;
    const all = { ...(Reflect.getMetadata(SETTINGS, method) as RouteSettings | undefined), ...settings };
    Reflect.defineMetadata(SETTINGS, all, method);
    RouteConfig(all)(target, property, descriptor);
  };
}

/** Swagger UI and the document: routes that are not ours to decorate. */
const DOCUMENTATION = /^\/(docs|openapi\.json)(\/|$)/;

/** Refuses to serve a route that does not say who may ask, so that none is open because nobody thought of it. */
export function requireRoles(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    const settings = (route.config ?? {}) as RouteSettings;
    if (DOCUMENTATION.test(route.url)) route.config = { ...settings, role: 'public' } as RouteSettings;
    else if (settings.role === undefined) {
      const name = `${[route.method].flat().join(', ')} ${route.url}`;
      throw new Error(`${name} does not say who may ask: give it @RequiresRole or @IsPublic.`);
    }
  });
}
