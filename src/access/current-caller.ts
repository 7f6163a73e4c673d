import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { parseIdempotencyKey, type IdempotencyKey } from '../idempotency/idempotency-key';
import { ANONYMOUS, type Caller } from './caller';

declare module 'fastify' {
  interface FastifyRequest {
    /** The caller; undefined when authentication is off. */
    caller?: Caller;
  }
}

/** Returns the caller of a request. */
export function callerOf(request: FastifyRequest): Caller {
  return request.caller ?? ANONYMOUS;
}

/**
 * Returns the idempotency key of a request, in the scope of its caller; null without one.
 *
 * @throws DomainError `validation_failed`
 */
export function idempotencyKeyOf(request: FastifyRequest): IdempotencyKey | null {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return null;
  return parseIdempotencyKey(request, String(header), callerOf(request).keyId ?? 'anonymous');
}

/** Injects the caller into a controller method. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext) =>
  callerOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

/** Injects the idempotency key of the request into a controller method; null without one. */
export const CurrentIdempotencyKey = createParamDecorator((_: unknown, context: ExecutionContext) =>
  idempotencyKeyOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
