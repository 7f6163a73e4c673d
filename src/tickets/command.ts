import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { callerOf } from '../access/current-caller';
import { ANONYMOUS, type Caller } from '../access/caller';
import { parseIfMatch } from '../http/server/etag';
import { claimOf, type KeyClaim } from '../idempotency/key-claim';
import type { Precondition } from './precondition';

/** What a request that changes something says besides the change: who asks, on which condition, and whether again. */
export interface Command {
  readonly caller: Caller;
  readonly precondition: Precondition | null;
  /** Null without an `Idempotency-Key`. */
  readonly claim: KeyClaim | null;
}

/** A command of nobody in particular. */
export const PLAIN_COMMAND: Command = { caller: ANONYMOUS, precondition: null, claim: null };

/** Hands a controller's method what its request says besides the change. */
export const CurrentCommand = createParamDecorator((_: unknown, context: ExecutionContext): Command => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const caller = callerOf(request);
  const ifMatch = parseIfMatch(request.headers['if-match']);
  return {
    caller,
    precondition: ifMatch === null ? null : { ifMatch },
    claim: claimOf(request, caller.keyId ?? 'anonymous'),
  };
});
