import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { DomainError, type ProblemCode } from '../../problems/domain-error';
import { pathOf } from '../problems/problem.filter';
import { validationFailed } from '../../problems/validation';
import { problemOf } from '../problems/problem';
import type { Connections } from './connections';
import { LIMITS } from './limits';

/** The route that the CORS plugin adds for preflights. Other OPTIONS requests must not match it. */
const ANY_OPTIONS = '*';

/** Rejects requests that match no route. Nest's filter does not see requests outside of its prefix. */
export function refuseUnknownRoutes(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (request.url.length > LIMITS.url) {
      const detail = `The URL has ${request.url.length} bytes. This server accepts up to ${LIMITS.url}.`;
      return done(new DomainError('uri_too_long', detail));
    }
    if (!request.is404 && request.routeOptions.url !== ANY_OPTIONS) return done();
    done(routeNotFound(request));
  });
}

function routeNotFound({ method, url }: FastifyRequest): DomainError {
  const detail = `The route ${method} ${pathOf(url)} does not exist. See /docs for all routes.`;
  return new DomainError('route_not_found', detail);
}

/** Collects the methods of every path that is added from now on. */
export function collectRoutes(fastify: FastifyInstance): ReadonlyMap<string, ReadonlySet<string>> {
  const methods = new Map<string, Set<string>>();
  fastify.addHook('onRoute', ({ method, url }) => {
    const known = methods.get(url) ?? new Set();
    methods.set(url, known);
    for (const name of [method].flat()) known.add(name);
  });
  return methods;
}

/** Adds a route to every known path that returns 405 with `Allow` for its other methods (RFC 9110 §15.5.6). */
export function refuseOtherMethods(fastify: FastifyInstance, routes: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const [url, known] of Array.from(routes)) {
    const missing = fastify.supportedMethods.filter((method) => !known.has(method));
    const allow = [...known].sort().join(', ');
    if (missing.length === 0) continue;
    fastify.route({
      method: missing,
      url,
      exposeHeadRoute: false,
      config: { role: 'public' },
      onRequest: (request, reply, done) => {
        if (Object.values(request.params as object).includes('')) return done(routeNotFound(request));
        reply.header('allow', allow);
        done(new DomainError('method_not_allowed', `${pathOf(request.url)} allows ${allow}; got ${request.method}.`));
      },
      handler: () => undefined,
    });
  }
}

const REFUSALS: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'The headers exceed the limit of 16 KiB.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request did not arrive completely in time.'],
};

/** Handles requests that Node's server would reject without a problem document, or not answer. */
export function refuseUnparsableRequests(server: Server, connections: Connections): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    answerUnparsable(error, socket, connections.latestResponse(socket));
  });
  server.on('connect', (request, socket) => {
    send(socket, new DomainError('route_not_found', `The route CONNECT ${request.url} does not exist.`), request.url);
  });
  // A server may ignore an unknown expectation (RFC 9110 §10.1.1).
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}

/**
 * Rejects bytes that are not an HTTP request. The response to an earlier complete request on the connection is sent first,
 * so that a client cannot mistake this problem for it.
 */
function answerUnparsable(error: NodeJS.ErrnoException, socket: Duplex, earlier: ServerResponse | undefined): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  if (earlier === undefined) return send(socket, refusalOf(error));
  if (earlier.writableFinished && !earlier.req.complete) return void socket.destroy();
  if (earlier.writableFinished) return send(socket, refusalOf(error));
  if (earlier.req.complete) return void earlier.once('finish', () => send(socket, refusalOf(error)));
  if (earlier.headersSent) return void socket.destroy();
  send(socket, refusalOf(error));
}

function refusalOf({ code = '' }: NodeJS.ErrnoException): DomainError {
  const known = REFUSALS[code];
  if (known !== undefined) return new DomainError(...known);
  return validationFailed([{ in: 'header', pointer: '', detail: `is not an HTTP/1.1 request (${code || 'unknown'})` }]);
}

function send(socket: Duplex, refusal: DomainError, path = ''): void {
  const problem = problemOf(refusal, path);
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\nconnection: close\r\n` +
      `content-type: application/problem+json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
