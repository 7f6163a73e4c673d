import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ANONYMOUS, type Caller } from './caller';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; undefined while authentication is off. */
    caller?: Caller;
  }
}

/** Who asks, whether by a key or by nobody's name. */
export function callerOf(request: FastifyRequest): Caller {
  return request.caller ?? ANONYMOUS;
}

/** Hands a controller's method whoever asks. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext) =>
  callerOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
