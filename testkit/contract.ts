import type { OpenAPIObject } from '@nestjs/swagger';
import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Holds every answer of an application against its own OpenAPI document. */
export class ContractWatch {
  readonly violations = new Set<string>();
  /** Which answers there were. */
  readonly seen = new Set<string>();
  private readonly ajv = addFormats(new Ajv2020({ strict: false, allErrors: true }));

  constructor(private readonly document: OpenAPIObject) {
    this.ajv.addSchema({ $id: 'openapi', ...closed(document) } as object, 'openapi');
  }

  watch(fastify: FastifyInstance): void {
    fastify.addHook('onSend', (request, reply, payload, done) => {
      this.check(request, reply, payload);
      done(null, payload);
    });
  }

  private check(request: FastifyRequest, reply: FastifyReply, payload: unknown): void {
    const path = request.routeOptions.url?.replaceAll(/:(\w+)/g, '{$1}') ?? '';
    const method = request.method.toLowerCase();
    const operation = this.document.paths[path]?.[method as 'get'];
    if (operation === undefined || request.method === 'HEAD') return this.checkUndocumented(request, reply, payload);
    const where = this.note(`${request.method} ${path} → ${reply.statusCode}`);
    const response = operation.responses[reply.statusCode];
    if (response === undefined) return this.report(where, 'is not documented');
    const content = 'content' in response ? response.content : undefined;
    const type = String(reply.getHeader('content-type') ?? '').split(';')[0]!;
    if (content === undefined) return payload ? this.report(where, 'has a body that is not documented') : undefined;
    if (content[type] === undefined)
      return this.report(where, `has the type ${type || 'none'}, which is not documented`);
    if (type.endsWith('json')) this.validate(where, pointerTo(path, method, reply.statusCode, type), payload);
  }

  /** Outside the document there are only problems, and the pages of Swagger UI. */
  private checkUndocumented(request: FastifyRequest, reply: FastifyReply, payload: unknown): void {
    const where = this.note(`${request.method} ${request.url} → ${reply.statusCode}`);
    if (reply.statusCode < 400 || request.method === 'HEAD') return;
    this.validate(where, '/components/schemas/ProblemDto', payload);
  }

  private validate(where: string, pointer: string, payload: unknown): void {
    const validate = this.ajv.getSchema(`openapi#${pointer}`)!;
    if (validate(JSON.parse(String(payload)))) return;
    this.report(where, `${this.ajv.errorsText(validate.errors)}: ${String(payload).slice(0, 300)}`);
  }

  private note(where: string): string {
    this.seen.add(where);
    return where;
  }

  private report(where: string, what: string): void {
    this.violations.add(`${where} ${what}`);
  }
}

function pointerTo(path: string, method: string, status: number, type: string): string {
  const steps = ['paths', path, method, 'responses', String(status), 'content', type, 'schema'];
  return steps.map((step) => `/${encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');
}

/** The document's objects, closed: a member that is not documented is a violation, too. */
function closed(document: OpenAPIObject): OpenAPIObject {
  const copy = structuredClone(document);
  for (const schema of Object.values(copy.components?.schemas ?? {})) {
    if ('properties' in schema && !('additionalProperties' in schema)) schema.additionalProperties = false;
  }
  return copy;
}
