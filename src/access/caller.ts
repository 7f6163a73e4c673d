import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../problems/domain-error';
import { type IdempotencyKey, parseIdempotencyKey } from '../idempotency/idempotency-key';

/** The kinds of actors. `system` is the caller of every request without authentication. */
export const ACTOR_KINDS = ['human', 'agent', 'service', 'system'] as const;
export type ActorKind = (typeof ACTOR_KINDS)[number];

/** The roles of API keys. Each includes the previous one. */
export const ROLES = ['viewer', 'worker', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** The sender of a request. */
export interface Caller {
  /** The name of the API key; `system` without authentication. */
  readonly name: string;
  readonly actorKind: ActorKind;
  readonly role: Role;
  /** The project that the caller is limited to; null: none. */
  readonly projectId: string | null;
  /** The id of the API key; null without authentication. */
  readonly keyId: string | null;
}

/** The caller of every request when authentication is off. */
export const ANONYMOUS: Caller = { name: 'system', actorKind: 'system', role: 'admin', projectId: null, keyId: null };

/**
 * Rejects cross-project operations of a caller that is limited to a project.
 *
 * @throws DomainError `forbidden`
 */
export function requireAllProjects({ projectId }: Caller): void {
  if (projectId !== null) throw new DomainError('forbidden', 'This key is limited to one project.');
}

/** Returns whether the caller's role includes a role. No role includes an unknown one. */
export function hasRole(caller: Caller, role: Role): boolean {
  return ROLES.includes(role) && ROLES.indexOf(caller.role) >= ROLES.indexOf(role);
}

/** Returns whether the caller has access to a project. Other projects must look as if they did not exist. */
export function seesProject(caller: Caller, projectId: string): boolean {
  return caller.projectId === null || caller.projectId === projectId;
}

/** The actor recorded with a change. */
export interface Actor {
  readonly name: string;
  readonly actorKind: ActorKind;
}

/**
 * Returns the actor to record: the caller, or the actor that it names.
 *
 * @param claimed the name in the request, if any
 * @throws DomainError `forbidden` when a key without the role admin names another actor
 */
export function actorOf(caller: Caller, claimed?: string): Actor {
  const { name, actorKind, keyId } = caller;
  if (claimed === undefined || claimed === name) return { name, actorKind };
  if (keyId === null || hasRole(caller, 'admin')) return { name: claimed, actorKind };
  const detail = `This key acts as ${JSON.stringify(name)}. Only admin keys may name another actor.`;
  throw new DomainError('forbidden', detail);
}

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
