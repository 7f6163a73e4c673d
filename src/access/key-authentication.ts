import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Authentication } from '../http/server/route-config';
import { DomainError } from '../problems/domain-error';
import './current-caller';
import { hasRole, type Caller, type Role } from './caller';
import { KeyVerifier } from './key-verifier';

const BEARER = /^bearer +(\S+)$/i;

/**
 * Authenticates requests by the API key in `Authorization: Bearer` (RFC 6750). A hook, because a Nest guard is several
 * times as expensive and runs only after the body has been read.
 */
@Injectable()
export class KeyAuthentication extends Authentication {
  constructor(private readonly verifier: KeyVerifier) {
    super();
  }

  guard(fastify: FastifyInstance): void {
    fastify.decorateRequest('caller', undefined);
    fastify.addHook('onRequest', (request, _reply, done) => {
      const { role } = request.routeOptions.config;
      if (role === 'public') return done();
      const secret = BEARER.exec(request.headers.authorization ?? '')?.[1];
      if (secret === undefined)
        return done(unauthenticated('Authentication required. Send an API key: Authorization: Bearer pl_…'));
      const admitted = (caller: Caller | undefined): void => done(admit(request, caller, role as Role));
      const caller = this.verifier.authenticate(secret);
      if (caller instanceof Promise) void caller.then(admitted, done);
      else admitted(caller);
    });
  }
}

/** Admits a caller, or returns the error. The error does not disclose why a key is invalid. */
function admit(request: FastifyRequest, caller: Caller | undefined, role: Role): DomainError | undefined {
  if (caller === undefined) return unauthenticated('The API key is invalid, expired or revoked.');
  request.caller = caller;
  if (hasRole(caller, role)) return undefined;
  const detail = `Insufficient permissions. The role ${role} is required; the key ${JSON.stringify(caller.name)} has the role ${caller.role}.`;
  return new DomainError('forbidden', detail);
}

function unauthenticated(detail: string): DomainError {
  return new DomainError('unauthenticated', detail);
}
