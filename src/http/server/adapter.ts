import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
  LogController,
} from 'fastify';
import { randomUUID } from 'node:crypto';
import { type IncomingMessage, METHODS } from 'node:http';
import { isUtf8 } from 'node:buffer';
import { sendProblem } from '../problems/problem.filter';
import { isStorableText } from '../../database/storable';
import { DomainError } from '../../problems/domain-error';
import { removeBasePath } from './base-path';
import { Connections } from './connections';
import { LIMITS } from './limits';
import { dropForwardedPorts } from './request-headers';
import { JSON_TYPE, MERGE_PATCH } from './route-config';
import { refuseUnparsableRequests } from './unroutable-requests';

/** Request ids of clients and proxies that are short and safe to log. Others are replaced. */
const REQUEST_ID = /^[\w.:-]{1,64}$/;

/** The adapter of the server, and its connections. */
export class ServerAdapter extends FastifyAdapter {
  constructor(
    readonly connections: Connections,
    options: FastifyServerOptions,
  ) {
    super(options);
  }

  /** Keeps the error handler of `createAdapter`: Nest would replace it after routes already use it. */
  override setErrorHandler(): ReturnType<FastifyAdapter['setErrorHandler']> {
    return this.getInstance();
  }
}

/** Settings of an installation that Fastify needs when it is created. */
export interface AdapterSettings {
  /** Addresses and networks (CIDR) of proxies; `X-Forwarded-For` of other peers is ignored. Defaults to none. */
  readonly trustedProxies?: readonly string[];
  /** The path prefix that clients use, such as `/phaseline`. Defaults to none. */
  readonly basePath?: string;
}

/** Creates the Fastify adapter. Errors outside of Nest are sent as problem documents, too. */
export function createAdapter(
  logger?: FastifyBaseLogger,
  { trustedProxies = [], basePath = '' }: AdapterSettings = {},
): ServerAdapter {
  const connections = new Connections(trustedProxies);
  const adapter = new ServerAdapter(connections, {
    ...(logger ? { loggerInstance: logger } : {}),
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (parent: FastifyBaseLogger) => parent,
    bodyLimit: LIMITS.body,
    // Called for each address of the host. Fastify would set limits and error handlers on the first server only.
    serverFactory: (handle) => {
      const server = connections.createServer(handle);
      refuseUnparsableRequests(server, connections);
      return server;
    },
    clientErrorHandler: () => undefined,
    ...(basePath === '' ? {} : { rewriteUrl: removeBasePath(basePath) }),
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    return503OnClosing: false,
    routerOptions: { maxParamLength: 16_384 },
    genReqId: requestId,
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      void sendProblem(error, request, reply);
    },
  });
  const fastify: FastifyInstance = adapter.getInstance();
  // Set before routes are added, because a route keeps the handler that exists when it is added.
  fastify.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  // All methods that Node parses are known, so that a known path returns 405, not 404, for a method it lacks.
  const known = new Set([...fastify.supportedMethods, 'CONNECT']);
  for (const method of METHODS.filter((name) => !known.has(name))) fastify.addHttpMethod(method);
  if (trustedProxies.length > 0) {
    fastify.addHook('onRequest', (request, _reply, done) => {
      dropForwardedPorts(request.raw);
      done();
    });
  }
  fastify.addHook('preClose', () => connections.close());
  return adapter;
}

function requestId(request: { headers: IncomingMessage['headers'] }): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

/**
 * Accepts JSON bodies only. Rejects invalid UTF-8, which Fastify would replace silently, NUL and lone surrogates, which
 * PostgreSQL cannot store, `__proto__` keys, and deep nesting.
 */
export function acceptOnlyJson(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser([JSON_TYPE, MERGE_PATCH], { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    const refusal = refusalOfHeaders(request);
    if (refusal !== null) return done(refusal);
    if (body.length === 0) return done(null, undefined);
    if (!isUtf8(body)) return done(new DomainError('malformed_json', 'The body is not valid UTF-8.'));
    const text = body.toString();
    void parse(request, text, (error, value) => done(error ? malformed(text) : refusalOf(text, value), value));
  });
}

function refusalOfHeaders({ method, headers }: FastifyRequest): DomainError | null {
  const { 'content-type': type = '', 'content-encoding': encoding } = headers;
  if (encoding !== undefined && !/^identity$/i.test(encoding)) {
    const detail = `The body has the Content-Encoding ${JSON.stringify(encoding.slice(0, 40))}. Send it uncompressed.`;
    return new DomainError('unsupported_media_type', detail);
  }
  if (type.toLowerCase().startsWith(MERGE_PATCH) && method !== 'PATCH') {
    return new DomainError('unsupported_media_type', `Only PATCH accepts ${MERGE_PATCH}. Send ${JSON_TYPE}.`);
  }
  return refusalOfCharset(type);
}

/** JSON is UTF-8 (RFC 8259 §8.1). A body in another charset would be misread. */
function refusalOfCharset(contentType: string): DomainError | null {
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(contentType)?.[1];
  if (charset === undefined || /^utf-?8$/i.test(charset)) return null;
  return new DomainError('unsupported_media_type', `Send the body as UTF-8; got the charset ${charset.slice(0, 40)}.`);
}

/** Written by some Windows tools. Fastify's parser ignores it. */
const BYTE_ORDER_MARK = /^\uFEFF/;

/** Explains why a text is not JSON. The message of the engine includes the position. */
function malformed(text: string): DomainError {
  try {
    JSON.parse(text.replace(BYTE_ORDER_MARK, ''));
    return new DomainError('malformed_json', 'The body contains the name __proto__ or constructor.prototype.');
  } catch (error) {
    const reason = (error as Error).message.toWellFormed();
    return new DomainError('malformed_json', `The body (${Buffer.byteLength(text)} bytes) is not JSON: ${reason}.`);
  }
}

function refusalOf(text: string, value: unknown): DomainError | null {
  if (isDeeperThan(value, LIMITS.depth))
    return invalidBody(`The body is nested more than ${LIMITS.depth} levels deep.`);
  // In valid UTF-8, both can appear only as \u escapes.
  if (text.includes('\\u') && !isStorable(value)) {
    return invalidBody('The body contains U+0000 or an unpaired surrogate, which PostgreSQL cannot store.');
  }
  return null;
}

function invalidBody(detail: string): DomainError {
  return new DomainError('validation_failed', detail, { errors: [{ in: 'body', pointer: '', detail }] });
}

function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return isStorableText(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, inner]) => isStorableText(key) && isStorable(inner));
}

function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth === 0) return true;
  return Object.values(value).some((inner) => isDeeperThan(inner, depth - 1));
}
