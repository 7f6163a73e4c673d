import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type Caller, callerOf, idempotencyKeyOf } from '../access/caller';
import { parseIfMatch } from '../http/server/etag';
import type { IdempotencyKey } from '../idempotency/idempotency-key';
import type { Precondition } from './precondition';

/** The part of a command that its headers carry. */
export interface CommandContext {
  readonly caller: Caller;
  readonly precondition: Precondition | null;
  readonly idempotencyKey: IdempotencyKey | null;
}

/** Injects the context of a command into a controller method. */
export const CurrentCommand = createParamDecorator((_: unknown, context: ExecutionContext): CommandContext => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const ifMatch = parseIfMatch(request.headers['if-match']);
  return {
    caller: callerOf(request),
    precondition: ifMatch === null ? null : { ifMatch },
    idempotencyKey: idempotencyKeyOf(request),
  };
});
