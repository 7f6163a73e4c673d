import { RouteConfig } from '@nestjs/platform-fastify';

/** What our decorators tell the server of a route; hooks find it in `request.routeOptions.config`. */
export interface RouteSettings {
  /** In bytes. */
  bodyLimit?: number;
  /** The role that a caller needs; `public`: not even a key. */
  role?: string;
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
