import type { OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { validationFailed } from '../../problems/validation';
import { operationsOf, parametersIn } from '../openapi/operations';
import { refuseUnknown } from './request-pipes';

interface Declared {
  query: ReadonlySet<string>;
  headers: ReadonlySet<string>;
  body: boolean;
}

/**
 * Rejects query parameters, bodies and preconditions that an operation does not declare. The declarations are read from the
 * OpenAPI document, so that document and check agree.
 */
export function refuseUndeclaredInput(fastify: FastifyInstance, document: OpenAPIObject): void {
  const operations = declaredInput(document);
  fastify.addHook('preValidation', (request, _reply, done) => {
    const declared = operations.get(`${request.method} ${request.routeOptions.url}`);
    try {
      if (declared !== undefined) check(request, declared);
      done();
    } catch (error) {
      done(error as Error);
    }
  });
}

function check(request: FastifyRequest, declared: Declared): void {
  if (request.url.includes('?')) {
    refuseBrokenEscapes(request.url);
    refuseUnknown('query', Object.keys(request.query as object), declared.query);
  }
  if (!declared.headers.has('if-match')) refuseCondition(request);
  if (!declared.body) refuseBody(request);
}

/** Rejects an `If-Match` that a command would ignore, because the client relies on it. Reads may ignore it. */
function refuseCondition({ headers, method }: FastifyRequest): void {
  if (headers['if-match'] === undefined || method === 'GET' || method === 'HEAD') return;
  const detail = 'must be absent; this route does not support it';
  throw validationFailed([{ in: 'header', pointer: '/if-match', detail }]);
}

/** Rejects invalid percent-encoding, which Fastify rejects in a path but ignores in a query. */
function refuseBrokenEscapes(url: string): void {
  try {
    decodeURIComponent(url.slice(url.indexOf('?') + 1));
  } catch {
    const detail = 'must be percent-encoded UTF-8; got text that cannot be decoded';
    throw validationFailed([{ in: 'query', pointer: '', detail }]);
  }
}

/** Rejects a body. An empty object is accepted, because some clients send one with every POST. */
function refuseBody({ body, method, headers }: FastifyRequest): void {
  // Fastify does not read the body of a GET request.
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  const unread = hasBody && (method === 'GET' || method === 'HEAD');
  const isScalar = body !== undefined && body !== null && typeof body !== 'object';
  if (unread || isScalar) {
    throw validationFailed([{ in: 'body', pointer: '', detail: 'must be empty; this route accepts none' }]);
  }
  refuseUnknown('body', Object.keys(body ?? {}), new Set());
}

function declaredInput(document: OpenAPIObject): Map<string, Declared> {
  const operations = new Map<string, Declared>();
  for (const { method, path, operation } of operationsOf(document)) {
    const declared = {
      query: new Set(parametersIn('query', operation)),
      headers: new Set(parametersIn('header', operation).map((name) => name.toLowerCase())),
      body: operation.requestBody !== undefined,
    };
    const route = path.replaceAll(/\{(\w+)\}/g, ':$1');
    operations.set(`${method.toUpperCase()} ${route}`, declared);
    if (method === 'get') operations.set(`HEAD ${route}`, declared);
  }
  return operations;
}
