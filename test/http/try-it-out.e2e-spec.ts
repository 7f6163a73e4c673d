import type { OpenAPIObject } from '@nestjs/swagger';
import { operationsOf, type PlacedOperation } from '../../src/http/openapi/operations';
import { startTestApp, type TestApp } from '../../testkit/app';

let app: TestApp;
let operations: PlacedOperation[];
beforeAll(async () => {
  app = await startTestApp();
  operations = operationsOf(app.document);
});
afterAll(() => app.close());

/** The body that Swagger UI fills in for an operation. */
function exampleOf(document: OpenAPIObject, method: 'post' | 'patch', path: string): Record<string, unknown> {
  const body = document.paths[path]?.[method]?.requestBody;
  if (body === undefined || !('content' in body)) throw new Error(`${method} ${path} has no body`);
  return body.content['application/json']!.example as Record<string, unknown>;
}

describe('the values that Swagger UI fills in', () => {
  it('include no optional header and no id', () => {
    const parameters = operations.flatMap(({ operation }) => operation.parameters ?? []);
    const filled = parameters.filter((p) => 'in' in p && (p.in === 'header' || p.name === 'id'));
    expect(filled.length).toBeGreaterThan(20);
    for (const parameter of filled) expect(JSON.stringify(parameter)).not.toMatch(/"(example|examples|default)"/);
  });

  it('include no body field that makes a request on a new ticket fail', () => {
    const text = JSON.stringify(operations.map(({ operation }) => operation.requestBody ?? {}));
    expect(text).not.toMatch(/expected_version|expected_phase|transitioned_by|workflow_version|expires_at|"project"/);
  });

  it('create a ticket, move it, edit it, and archive and restore it', async () => {
    const { document, api } = app;
    const { body } = await api
      .post('/api/v1/tickets')
      .send(exampleOf(document, 'post', '/api/v1/tickets'))
      .expect(201);
    const ticket = `/api/v1/tickets/${body.id}`;
    const transition = exampleOf(document, 'post', '/api/v1/tickets/{id}/transition');
    const { body: moved } = await api.post(`${ticket}/transition`).send(transition).expect(200);
    expect(moved.phase_id).toBe(transition['to_phase']);
    await api
      .patch(ticket)
      .send(exampleOf(document, 'patch', '/api/v1/tickets/{id}'))
      .expect(200);
    await api.delete(ticket).expect(204);
    await api.post(`${ticket}/restore`).expect(200);
  });

  it.each([
    ['/api/v1/projects', 201],
    ['/api/v1/api-keys', 201],
    ['/api/v1/workflows', 201],
    ['/api/v1/workflows/lint', 200],
    ['/api/v1/transitions', 200],
  ])('are accepted by POST %s', async (path, status) => {
    await app.api
      .post(path)
      .send(exampleOf(app.document, 'post', path))
      .expect(status);
  });

  it('are accepted by every read without an id', async () => {
    const reads = operations.filter(({ method, path }) => method === 'get' && !path.includes('{id}'));
    expect(reads.length).toBeGreaterThan(8);
    for (const { path, operation } of reads) {
      const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(exampleOfParameter(operation, name)));
      await app.api.get(url).expect(200);
    }
  });
});

function exampleOfParameter({ parameters = [] }: PlacedOperation['operation'], name: string): unknown {
  const found = parameters.find((parameter) => 'name' in parameter && parameter.name === name);
  return (found as { schema?: { example?: unknown } } | undefined)?.schema?.example;
}

describe('the document for generators of clients', () => {
  it('has no schema name that ends in Dto', () => {
    const names = Object.keys(app.document.components!.schemas!);
    expect(names).toEqual(expect.arrayContaining(['Ticket', 'Transition', 'Problem', 'CreateTicket']));
    expect(JSON.stringify(app.document)).not.toContain('Dto"');
  });

  it('describes the defaults of body fields in place of declaring them, which would make the fields required', () => {
    const { properties, required } = app.document.components!.schemas!['CreateTicket'] as {
      properties: Record<string, { default?: unknown; description: string }>;
      required: string[];
    };
    expect(required).toEqual(['title']);
    expect(properties['priority']!.description).toMatch(/Defaults to `MEDIUM`\.$/);
    expect(Object.values(app.document.components!.schemas!).map(declaredDefaults)).toEqual(
      Object.values(app.document.components!.schemas!).map(() => []),
    );
  });

  it('declares a security requirement for every operation', () => {
    for (const { operation } of operations) {
      const isPublic = (operation as { 'x-required-role'?: string })['x-required-role'] === 'public';
      expect([operation.operationId, operation.security]).toEqual([
        operation.operationId,
        isPublic ? [] : [{ key: [] }],
      ]);
    }
  });
});

function declaredDefaults(schema: object): string[] {
  const { properties = {} } = schema as { properties?: Record<string, { default?: unknown }> };
  return Object.keys(properties).filter((name) => properties[name]!.default !== undefined);
}

describe('the page at /docs', () => {
  it('fits the width of a phone', async () => {
    for (const path of ['/docs', '/docs/']) {
      const { text } = await app.api.get(path).expect(200);
      expect(text).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
    }
  });

  it('shows SVG responses as pictures', async () => {
    const { text } = await app.api.get('/docs/swagger-ui-init.js').expect(200);
    expect(text).toContain('data:image/svg+xml,');
    expect(() => new Function(text)).not.toThrow();
  });
});
