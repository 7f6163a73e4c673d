import type { FastifyInstance } from 'fastify';
import { ConfigureRoute, type RouteSettings } from './route-config';

/** Lets a route take larger bodies than the rest. @param bytes how large */
export function BodyLimit(bytes: number): MethodDecorator {
  return ConfigureRoute({ bodyLimit: bytes });
}

/** Nest hands a route's configuration to Fastify but not its body limit, so it is taken from there. */
export function applyBodyLimits(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    const { bodyLimit } = (route.config ?? {}) as RouteSettings;
    if (bodyLimit !== undefined) route.bodyLimit = bodyLimit;
  });
}
