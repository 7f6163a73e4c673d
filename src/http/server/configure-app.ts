import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { API_PREFIX } from './api-prefix';
import { allowOrigins } from './cross-origin';
import { acceptOnlyJson } from './adapter';
import { addBasePath } from './base-path';
import { buildDocument } from '../openapi/openapi';
import { serveDocument } from '../openapi/swagger-ui';
import { ProblemFilter } from '../problems/problem.filter';
import { BytesInFlight } from './in-flight';
import { finishLists } from './list-responses';
import { RateLimit } from './rate-limit';
import { applyBodyLimits, Authentication, requireRoles } from './route-config';
import { securityHeaders } from './security-headers';
import { refuseUndeclaredInput } from '../validation/undeclared-input';
import { refuseAmbiguousHeaders, refuseForeignPages } from './request-headers';
import { collectRoutes, refuseOtherMethods, refuseUnknownRoutes } from './unroutable-requests';

/** Paths outside of the prefix, because they are not versioned. */
const UNVERSIONED = ['health/live', 'health/ready', 'metrics'];

/** The settings of an installation that affect its HTTP interface. */
export interface AppSettings {
  /** Requires an API key. Defaults to false. */
  readonly authentication?: boolean;
  /** The maximum number of requests per minute and caller. Defaults to 0, which means no limit. */
  readonly rateLimit?: number;
  /** The origins whose pages may use the API from a browser. Defaults to none. */
  readonly corsOrigins?: readonly string[];
  /** The path prefix under which clients reach the server, such as `/phaseline`. Defaults to none. */
  readonly basePath?: string;
  /** The host that the server listens on. Without authentication, requests for other hosts are rejected. */
  readonly host?: string;
}

/**
 * Configures and initialises an application. The server and all e2e tests use it, so that tests cover what is served.
 *
 * @returns the OpenAPI document
 */
export async function configureApp(
  app: NestFastifyApplication,
  { authentication = false, rateLimit = 0, corsOrigins = [], basePath = '', host = 'localhost' }: AppSettings = {},
): Promise<OpenAPIObject> {
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  app.setGlobalPrefix(API_PREFIX, { exclude: UNVERSIONED });
  app.useGlobalFilters(new ProblemFilter());
  await setHeaders(fastify);
  acceptOnlyJson(fastify);
  if (basePath !== '') addBasePath(fastify, basePath);
  // Before the hooks that reject requests: pages may read errors, and a preflight has no key.
  if (corsOrigins.length > 0) await allowOrigins(fastify, corsOrigins);
  if (!authentication) refuseForeignPages(fastify, host, corsOrigins);
  const limit = rateLimit > 0 ? await RateLimit.on(fastify, rateLimit) : undefined;
  limit?.refuseSpentAddresses();
  refuseUnknownRoutes(fastify);
  requireRoles(fastify);
  if (authentication) app.get(Authentication).guard(fastify);
  limit?.countRequests();
  BytesInFlight.bound(fastify);
  applyBodyLimits(fastify);
  await finishLists(fastify);
  const routes = collectRoutes(fastify);
  const document = buildDocument(app, basePath);
  refuseUndeclaredInput(fastify, document);
  serveDocument(app, document);
  await app.init();
  refuseOtherMethods(fastify, routes);
  return document;
}

/** Sets the headers of every response. */
async function setHeaders(fastify: FastifyInstance): Promise<void> {
  const fixed = await securityHeaders();
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.headers(fixed).header('x-request-id', request.id);
    refuseAmbiguousHeaders(request.raw);
    done();
  });
}
