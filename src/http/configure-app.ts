import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { Authentication } from './authentication';
import { applyBodyLimits } from './body-limit';
import { acceptOnlyJson } from './json-body';
import { buildDocument, serveDocument } from './openapi';
import { ProblemFilter } from './problem.filter';
import { requireRoles } from './route-config';
import { refuseUndeclaredInput } from './undeclared-input';
import { refuseMissingHost } from './unparsable-requests';
import { collectRoutes, refuseOtherMethods, refuseUnknownRoutes } from './unknown-routes';

export const API_PREFIX = 'api/v1';

/** Answered outside the prefix: they are not part of the API's version. */
const UNVERSIONED = ['health/live', 'health/ready', 'metrics'];

/** What an installation decides of how its application speaks. */
export interface SpeechOptions {
  /** Whether callers have to say who they are. Default: no. */
  readonly authentication?: boolean;
}

/**
 * Makes an application speak as the contract says. The server and every e2e test call it, so that what is tested is
 * what is served. The application is initialised afterwards and listens when told to.
 */
export async function configureApp(
  app: NestFastifyApplication,
  { authentication = false }: SpeechOptions = {},
): Promise<OpenAPIObject> {
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  app.setGlobalPrefix(API_PREFIX, { exclude: UNVERSIONED });
  app.useGlobalFilters(new ProblemFilter());
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    refuseMissingHost(request.raw);
    done();
  });
  acceptOnlyJson(fastify);
  refuseUnknownRoutes(fastify);
  requireRoles(fastify);
  if (authentication) app.get(Authentication).guard(fastify);
  applyBodyLimits(fastify);
  const routes = collectRoutes(fastify);
  const document = buildDocument(app);
  refuseUndeclaredInput(fastify, document);
  serveDocument(app, document);
  await app.init();
  refuseOtherMethods(fastify, routes);
  return document;
}
