import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { callerOf } from './current-caller';
import { claimOf, type KeyClaim } from '../idempotency/key-claim';

/** Hands a controller's method what the `Idempotency-Key` of its request lays claim to; null without one. */
export const Claimed = createParamDecorator((_: unknown, context: ExecutionContext): KeyClaim | null => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return claimOf(request, callerOf(request).keyId ?? 'anonymous');
});
