import { operationsOf } from '../../src/http/openapi/operations';
import { startTestApp, type TestApp } from '../../testkit/app';
import { createTicket } from '../../testkit/tickets';
import { CHORES, defineWorkflow } from '../../testkit/workflows';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  for (const title of ['one', 'two']) await defineWorkflow(app, { ...CHORES, title });
});
afterAll(() => app.close());

interface Schema {
  readonly type?: unknown;
  readonly $ref?: string;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

function schemaOf(ref: string): Schema {
  return app.document.components!.schemas![ref.split('/').at(-1)!] as Schema;
}

/** Returns the schema of the body of an operation. */
function bodyOf(method: string, path: string): Schema | undefined {
  const found = operationsOf(app.document).find((each) => each.method === method && each.path === path);
  const body = found?.operation.requestBody as { content: Record<string, { schema: Schema }> } | undefined;
  const schema = body?.content['application/json']?.schema;
  return schema?.$ref === undefined ? schema : schemaOf(schema.$ref);
}

const optionalFields = ({ properties = {}, required = [] }: Schema) =>
  Object.entries(properties).filter(([name]) => !required.includes(name));

/** Adds null in every optional field, also in those of list items. */
function withNulls(body: Record<string, unknown>, schema: Schema): Record<string, unknown> {
  const lists = Object.entries(body).filter(([name]) => schema.properties?.[name]?.items?.$ref !== undefined);
  const items = lists.map(([name, list]) => {
    const itemSchema = schemaOf(schema.properties![name]!.items!.$ref!);
    return [name, (list as Record<string, unknown>[]).map((item) => withNulls(item, itemSchema))];
  });
  const nulls = optionalFields(schema).map(([name]) => [name, null]);
  return { ...Object.fromEntries(nulls), ...body, ...Object.fromEntries(items) };
}

const REQUESTS: Record<
  string,
  { path: () => Promise<string>; body: (id: string) => Record<string, unknown>; status: number }
> = {
  '/api/v1/tickets': { path: async () => '/api/v1/tickets', body: () => ({ title: 'x' }), status: 201 },
  '/api/v1/tickets/{id}/transition': {
    path: async () => `/api/v1/tickets/${(await createTicket(app)).id}/transition`,
    body: () => ({ to_phase: 'REQUIREMENTS' }),
    status: 200,
  },
  '/api/v1/transitions': {
    path: async () => '/api/v1/transitions',
    body: (id) => ({ items: [{ ticket_id: id, to_phase: 'REQUIREMENTS' }] }),
    status: 200,
  },
  '/api/v1/projects': { path: async () => '/api/v1/projects', body: () => ({ key: 'p', title: 'P' }), status: 201 },
  '/api/v1/api-keys': {
    path: async () => '/api/v1/api-keys',
    body: () => ({ name: 'nulls', actor_kind: 'agent', role: 'viewer' }),
    status: 201,
  },
  '/api/v1/api-keys/{id}/rotate': {
    path: async () => {
      const key = { name: 'to be rotated', actor_kind: 'agent', role: 'viewer' };
      const { body } = await app.api.post('/api/v1/api-keys').send(key).expect(201);
      return `/api/v1/api-keys/${body.id}/rotate`;
    },
    body: () => ({}),
    status: 200,
  },
  '/api/v1/workflows': {
    path: async () => '/api/v1/workflows',
    body: () => JSON.parse(JSON.stringify({ ...CHORES, key: 'nulls' })) as Record<string, unknown>,
    status: 201,
  },
  '/api/v1/workflows/lint': {
    path: async () => '/api/v1/workflows/lint',
    body: () => JSON.parse(JSON.stringify(CHORES)) as Record<string, unknown>,
    status: 200,
  },
  '/api/v1/workflows/{key}/migrations': {
    path: async () => '/api/v1/workflows/chores/migrations',
    body: () => ({ from_version: 1, to_version: 2 }),
    status: 202,
  },
};

describe('null in an optional field of a POST', () => {
  it('is tested here for every operation that has one', () => {
    const paths = operationsOf(app.document)
      .filter(({ method }) => method === 'post')
      .filter(({ path }) => bodyOf('post', path) !== undefined)
      .map(({ path }) => path);
    expect(Object.keys(REQUESTS)).toEqual(expect.arrayContaining(paths));
  });

  it.each(Object.entries(REQUESTS))('of %s means that the field is absent', async (path, request) => {
    const { id } = await createTicket(app);
    const body = withNulls(request.body(id), bodyOf('post', path)!);
    const { status, body: answer } = await app.api.post(await request.path()).send(body);
    expect([status, answer.detail]).toEqual([request.status, undefined]);
    if (path === '/api/v1/transitions') expect(answer.results[0].status).toBe('ok');
  });

  it('is allowed by the OpenAPI document', () => {
    for (const path of Object.keys(REQUESTS)) {
      for (const [name, { type, enum: values = [null] }] of optionalFields(bodyOf('post', path)!)) {
        expect([path, name, type, values.includes(null)]).toEqual([path, name, expect.arrayContaining(['null']), true]);
      }
    }
  });
});

describe('null in a field of a PATCH', () => {
  it('clears a field that can be empty', async () => {
    const { id } = await createTicket(app, { title: 'x', description: 'to be cleared' });
    const { body } = await app.api.patch(`/api/v1/tickets/${id}`).send({ description: null }).expect(200);
    expect([body.description, body.version]).toEqual([null, 2]);
  });

  it.each(['title', 'priority'])('is rejected in %s, which cannot be empty', async (name) => {
    const { id } = await createTicket(app);
    const { status, body } = await app.api.patch(`/api/v1/tickets/${id}`).send({ [name]: null });
    expect([status, body.errors[0].pointer]).toEqual([400, `/${name}`]);
    const field = bodyOf('patch', '/api/v1/tickets/{id}')!.properties![name]!;
    expect([field.type].flat()).not.toContain('null');
  });
});
