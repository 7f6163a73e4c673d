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

/** Request ids of clients and proxies that are short and safe to log. Others are replaced. */
const REQUEST_ID = /^[\w.:-]{1,64}$/;

/** Keeps the error handler of `createAdapter`: Nest would replace it after routes already use it. */
class ProblemAdapter extends FastifyAdapter {
  override setErrorHandler(): ReturnType<FastifyAdapter['setErrorHandler']> {
    return this.getInstance();
  }
}

/**
 * Creates the Fastify adapter. Errors outside of Nest are sent as problem documents, too.
 *
 * @param trustedProxies addresses and networks (CIDR) of proxies; `X-Forwarded-For` of other peers is ignored
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
  // Set before routes are added, because a route keeps the handler that exists when it is added.
  fastify.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  // All methods that Node parses are known, so that a known path returns 405, not 404, for a method it lacks.
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
