import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { DomainError, type ProblemCode } from '../../problems/domain-error';
import { validationFailed } from '../../problems/validation';
import { problemOf } from '../problems/problem';

/** The latest response on each connection. */
const responses = new WeakMap<Duplex, ServerResponse>();

const REFUSALS: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'The headers exceed the limit of 16 KiB.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request did not arrive completely in time.'],
};

/** Handles requests that Node's server would reject without a problem document, or not answer. */
export function refuseUnparsableRequests(server: Server): void {
  server.prependListener('request', (request, response) => responses.set(request.socket, response));
  server.on('connect', (request, socket) => {
    send(socket, new DomainError('route_not_found', `The route CONNECT ${request.url} does not exist.`), request.url);
  });
  // A server may ignore an unknown expectation (RFC 9110 §10.1.1).
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}

/** Rejects HTTP/1.1 requests without a Host (RFC 9112 §3.2). Node would reject them without a body. */
export function refuseMissingHost({ httpVersion, headers }: IncomingMessage): void {
  if (httpVersion !== '1.1' || headers.host !== undefined) return;
  throw validationFailed([{ in: 'header', pointer: '/host', detail: 'is required in HTTP/1.1; got nothing' }]);
}

/**
 * Rejects bytes that are not an HTTP request. The response to an earlier complete request on the connection is sent first,
 * so that a client cannot mistake this problem for it.
 */
export function answerUnparsable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const earlier = responses.get(socket);
  if (earlier === undefined || earlier.writableFinished) return send(socket, refusalOf(error));
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
