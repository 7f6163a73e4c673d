import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { randomUUID } from 'node:crypto';
import { METHODS, type IncomingMessage } from 'node:http';
import { LIMITS } from './limits';
import { sendProblem } from '../problems/problem.filter';
import { answerUnparsable, refuseUnparsableRequests } from './unparsable-requests';

/** An id that a caller (or a proxy) gave a request is kept when it is short and harmless in a log. */
const REQUEST_ID = /^[\w.:-]{1,64}$/;

/** Errors outside Nest's routes are problems, too: what Nest would have answer them comes too late, and is left out. */
class ProblemAdapter extends FastifyAdapter {
  override setErrorHandler(): ReturnType<FastifyAdapter['setErrorHandler']> {
    return this.getInstance();
  }
}

/**
 * Fastify as Phaseline needs it: every failure below Nest is a problem document, too.
 *
 * @param trustedProxies addresses and networks (CIDR) whose `X-Forwarded-For` is believed; of anybody else it is ignored
 */
export function createAdapter(logger?: FastifyBaseLogger, trustedProxies: readonly string[] = []): FastifyAdapter {
  const adapter = new ProblemAdapter({
    ...(logger ? { loggerInstance: logger } : {}),
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (parent: FastifyBaseLogger) => parent,
    bodyLimit: LIMITS.body,
    requestTimeout: LIMITS.arrival,
    keepAliveTimeout: LIMITS.keepAlive,
    connectionTimeout: LIMITS.silence,
    http: {
      connectionsCheckingInterval: LIMITS.arrivalCheck,
      headersTimeout: LIMITS.headArrival,
      maxHeaderSize: LIMITS.head,
      requireHostHeader: false,
    },
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 16_384 },
    genReqId: requestId,
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      void sendProblem(error, request, reply);
    },
    clientErrorHandler: answerUnparsable,
  });
  const fastify: FastifyInstance = adapter.getInstance();
  // Before there are routes: each keeps the handler that it finds when it is added.
  fastify.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  // Every method that Node can read is known, so that a known path answers 405 and not 404 to all that it lacks.
  const known = new Set([...fastify.supportedMethods, 'CONNECT']);
  for (const method of METHODS.filter((name) => !known.has(name))) fastify.addHttpMethod(method);
  fastify.server.maxConnections = LIMITS.connections;
  refuseUnparsableRequests(fastify.server);
  return adapter;
}

function requestId(request: { headers: IncomingMessage['headers'] }): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}
