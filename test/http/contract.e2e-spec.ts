import type { OpenAPIObject } from '@nestjs/swagger';
import { startTestApp, type TestApp } from '../../testkit/app';

/** As much of a schema as is spoilt here. */
interface Schema {
  properties: Record<string, object>;
  required: string[];
}

function schemaOf(document: OpenAPIObject, name: string): Schema {
  return document.components!.schemas![name] as Schema;
}

function responsesOf(document: OpenAPIObject, path: string): Record<string, { content?: Record<string, object> }> {
  return document.paths[path]!.get!.responses as Record<string, { content?: Record<string, object> }>;
}

/** The document says what no answer keeps to. */
function spoil(document: OpenAPIObject): void {
  const ticket = schemaOf(document, 'Ticket');
  ticket.properties['heading'] = ticket.properties['title']!;
  delete ticket.properties['title'];
  ticket.required = ticket.required.map((name) => (name === 'title' ? 'heading' : name));
  delete schemaOf(document, 'Health').properties['status'];
  schemaOf(document, 'Health').required = [];
  schemaOf(document, 'Project').properties['title'] = { type: 'string', format: 'uuid' };
  schemaOf(document, 'Problem').required.push('colour');
  delete responsesOf(document, '/api/v1/phases')['200'];
  delete responsesOf(document, '/metrics')['200']!.content!['text/plain'];
  delete responsesOf(document, '/api/v1/workflows/schema')['200']!.content;
}

let app: TestApp;
beforeAll(async () => (app = await startTestApp(undefined, {}, spoil)));
afterAll(async () => {
  await app.api.get('/api/v1/nowhere').expect(404);
  // What ends every other suite has to fail here.
  await expect(app.close()).rejects.toThrow('GET /api/v1/nowhere → 404');
});

describe('the contract checker', () => {
  const seen = (): string[] => [...app.contract.seen];
  const reported = (): string[] => [...app.contract.violations];
  beforeEach(() => {
    app.contract.seen.clear();
    app.contract.violations.clear();
  });

  it.each([
    ['/health/live', 200, 'data must NOT have additional properties: {"status":"ok"}'],
    ['/api/v1/projects', 200, 'data/0/title must match format "uuid": [{'],
    ['/api/v1/phases', 200, 'is not documented'],
    ['/metrics', 200, 'has the type text/plain, which is not documented'],
    ['/api/v1/workflows/schema', 200, 'has a body that is not documented'],
    ['/api/v1/workflows/nope', 404, `data must have required property 'colour': {"type":"urn:`],
    ['/api/v1/nowhere', 404, `data must have required property 'colour': {"type":"urn:`],
  ])('reports a response of GET %s that violates the document', async (path, status, violation) => {
    await app.api.get(path).expect(status);
    const where = `GET ${path.replace('nope', '{key}')} → ${status}`;
    expect(seen()).toEqual([where]);
    expect(reported()).toEqual([expect.stringContaining(`${where} ${violation}`)]);
  });

  it('reports every violation in the response to a command', async () => {
    await app.api.post('/api/v1/tickets').send({ title: 'x' }).expect(201);
    const where = 'POST /api/v1/tickets → 201';
    const violation = `${where} data must have required property 'heading', data must NOT have additional properties: {`;
    expect([seen(), reported()]).toEqual([[where], [expect.stringContaining(violation)]]);
  });

  it('reports nothing for responses that match the document', async () => {
    await app.api.get('/api/v1/workflows').expect(200);
    await app.api.get('/openapi.json').expect(200);
    await app.api.head('/health/live').expect(200);
    expect(seen()).toContain('GET /api/v1/workflows → 200');
    expect(reported()).toEqual([]);
  });
});
