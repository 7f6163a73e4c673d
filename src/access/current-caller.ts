import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { parseIdempotencyKey, type IdempotencyKey } from '../idempotency/idempotency-key';
import { DomainError } from '../problems/domain-error';
import { ANONYMOUS, hasRole, type ActorKind, type Caller } from './caller';

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

/** The name and kind that a change is recorded under. */
export interface Actor {
  readonly name: string;
  readonly actorKind: ActorKind;
}

/**
 * Returns the actor of a change: the caller, or the name in the request if the caller may use it.
 *
 * @param requested the name in the request, if any
 * @throws DomainError `forbidden` when a key that is not an admin's requests another name
 */
export function actorOf(caller: Caller, requested?: string): Actor {
  const { name, actorKind, keyId } = caller;
  if (requested === undefined || requested === name) return { name, actorKind };
  if (keyId === null || hasRole(caller, 'admin')) return { name: requested, actorKind };
  throw new DomainError('forbidden', `This key acts as ${JSON.stringify(name)}; only an admin may use another name.`);
}

/** Injects the caller into a controller method. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext) =>
  callerOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

/** Injects the idempotency key of the request into a controller method; null without one. */
export const CurrentIdempotencyKey = createParamDecorator((_: unknown, context: ExecutionContext) =>
  idempotencyKeyOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
