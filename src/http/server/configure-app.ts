import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { API_PREFIX } from './api-prefix';
import { Authentication } from './authentication';
import { allowOrigins } from './cross-origin';
import { acceptOnlyJson } from './json-body';
import { buildDocument } from '../openapi/openapi';
import { serveDocument } from '../openapi/swagger-ui';
import { ProblemFilter } from '../problems/problem.filter';
import { RateLimit } from './rate-limit';
import { applyBodyLimits, requireRoles } from './route-config';
import { securityHeaders } from './security-headers';
import { refuseUndeclaredInput } from '../validation/undeclared-input';
import { refuseMissingHost } from './unparsable-requests';
import { collectRoutes, refuseOtherMethods, refuseUnknownRoutes } from './unknown-routes';

/** Answered outside the prefix: they are not part of the API's version. */
const UNVERSIONED = ['health/live', 'health/ready', 'metrics'];

/** What an installation decides of how its application speaks. */
export interface AppSettings {
  /** Whether callers have to say who they are. Default: no. */
  readonly authentication?: boolean;
  /** Requests a minute and caller at most; 0, the default: any number. */
  readonly rateLimit?: number;
  /** The origins whose pages may use the API from a browser. Default: none. */
  readonly corsOrigins?: readonly string[];
}

/**
 * Makes an application speak as the contract says. The server and every e2e test call it, so that what is tested is
 * what is served. The application is initialised afterwards and listens when told to.
 */
export async function configureApp(
  app: NestFastifyApplication,
  { authentication = false, rateLimit = 0, corsOrigins = [] }: AppSettings = {},
): Promise<OpenAPIObject> {
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  app.setGlobalPrefix(API_PREFIX, { exclude: UNVERSIONED });
  app.useGlobalFilters(new ProblemFilter());
  await setHeaders(fastify);
  acceptOnlyJson(fastify);
  // Before all that refuses requests: a page may read refusals, too, and a preflight never carries a key.
  if (corsOrigins.length > 0) await allowOrigins(fastify, corsOrigins);
  const limit = rateLimit > 0 ? await RateLimit.on(fastify, rateLimit) : undefined;
  limit?.refuseSpentAddresses();
  refuseUnknownRoutes(fastify);
  requireRoles(fastify);
  if (authentication) app.get(Authentication).guard(fastify);
  limit?.countRequests();
  applyBodyLimits(fastify);
  const routes = collectRoutes(fastify);
  const document = buildDocument(app);
  refuseUndeclaredInput(fastify, document);
  serveDocument(app, document);
  await app.init();
  refuseOtherMethods(fastify, routes);
  return document;
}

/** What every answer carries. */
async function setHeaders(fastify: FastifyInstance): Promise<void> {
  const fixed = await securityHeaders();
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.headers(fixed).header('x-request-id', request.id);
    refuseMissingHost(request.raw);
    done();
  });
}
