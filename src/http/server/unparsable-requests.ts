import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { DomainError, type ProblemCode } from '../../problems/domain-error';
import { validationFailed } from '../../problems/validation';
import { problemOf } from '../problems/problem';

/** The answer that is under way on a connection; with several, the last of them. */
const answers = new WeakMap<Duplex, ServerResponse>();

const REFUSALS: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'The headers are larger than the 16 KiB that this server takes.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request did not arrive completely in time.'],
};

/** Takes over what Node's server would answer by itself, without a problem document, or not at all. */
export function refuseUnparsableRequests(server: Server): void {
  server.prependListener('request', (request, response) => answers.set(request.socket, response));
  server.on('connect', (request, socket) => {
    send(socket, new DomainError('route_not_found', `There is no route CONNECT ${request.url}.`), request.url);
  });
  // An expectation that is not understood may be ignored (RFC 9110 §10.1.1).
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}

/** HTTP/1.1 wants a Host (RFC 9112 §3.2). Node's own check would answer without a body. */
export function refuseMissingHost({ httpVersion, headers }: IncomingMessage): void {
  if (httpVersion !== '1.1' || headers.host !== undefined) return;
  throw validationFailed([{ in: 'header', pointer: '/host', detail: 'is required in HTTP/1.1; got nothing' }]);
}

/**
 * Answers bytes that are no request. A whole request that came before them on the same connection gets its own answer
 * first, so that nobody takes this refusal for the answer to something that was done.
 */
export function answerUnparsable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const earlier = answers.get(socket);
  if (earlier === undefined || earlier.writableFinished) return send(socket, refusalOf(error));
  if (earlier.req.complete) return void earlier.once('finish', () => send(socket, refusalOf(error)));
  if (earlier.headersSent) return void socket.destroy();
  send(socket, refusalOf(error));
}

function refusalOf({ code = '' }: NodeJS.ErrnoException): DomainError {
  const known = REFUSALS[code];
  if (known !== undefined) return new DomainError(...known);
  return validationFailed([{ in: 'header', pointer: '', detail: `is no HTTP/1.1 request (${code || 'unknown'})` }]);
}

function send(socket: Duplex, refusal: DomainError, path = ''): void {
  const problem = problemOf(refusal, path);
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\nconnection: close\r\n` +
      `content-type: application/problem+json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
