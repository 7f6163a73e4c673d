import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problemOf, toDomainError } from './problem';
import { RETRY_AFTER } from './problem-status';
import { JSON_TYPE, MERGE_PATCH } from '../server/route-config';
import { ReadyAnswer, sendReady } from '../server/ready-answer';

const logger = new Logger('http');

/** Sends an error as a problem document. Every error response is sent here. */
export function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (thrown instanceof ReadyAnswer) return sendReady(reply, thrown.answer);
  const error = toDomainError(thrown);
  const problem = problemOf(error, pathOf(request.url));
  if (problem.status >= 500) logFailure(error, request);
  const retryAfter = RETRY_AFTER[error.code];
  if (retryAfter !== undefined && !reply.hasHeader('retry-after')) reply.header('retry-after', retryAfter);
  if (error.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer');
  if (error.code === 'unsupported_media_type') reply.headers(acceptedBodies(request));
  return reply
    .code(problem.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .header('x-request-id', request.id)
    .serializer(JSON.stringify)
    .send(problem);
}

/** Returns the headers that name what a route accepts (RFC 5789 §3.1, RFC 9110 §15.5.16). */
function acceptedBodies({ method, headers }: FastifyRequest): Record<string, string> {
  return {
    ...(method === 'PATCH' ? { 'accept-patch': `${MERGE_PATCH}, ${JSON_TYPE}` } : {}),
    ...(headers['content-encoding'] === undefined ? {} : { 'accept-encoding': 'identity' }),
  };
}

/** Sends all errors thrown inside Nest with `sendProblem`. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    void sendProblem(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }
}

/** Returns a URL without its query. */
export function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

function logFailure(error: ReturnType<typeof toDomainError>, request: FastifyRequest): void {
  // Queries are not logged, because clients may put secrets there by mistake.
  const path = pathOf(request.url);
  const facts = { code: error.code, ...error.facts, request_id: request.id, method: request.method, path };
  logger.error({ ...facts, err: error.cause ?? error }, error.message);
}
