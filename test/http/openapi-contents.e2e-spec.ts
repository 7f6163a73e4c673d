import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { startTestApp, type TestApp } from '../../testkit/app';

/** As much of OpenAPI as these tests look at. */
interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  allOf?: Schema[];
  example?: unknown;
  enum?: string[];
}
interface Media {
  schema: Schema;
  example?: unknown;
  examples?: Record<string, { value: Record<string, unknown> }>;
}
interface Answer {
  $ref?: string;
  description?: string;
  content?: Record<string, Media>;
  headers?: Record<string, { $ref?: string; description?: string }>;
}
interface Operation {
  name: string;
  operationId?: string;
  summary?: string;
  tags?: string[];
  parameters?: { name: string; description?: string; in: string; schema?: Schema; example?: unknown }[];
  requestBody?: { content: Record<string, Media>; required?: boolean };
  responses: Record<string, Answer>;
}

let app: TestApp;
let operations: Operation[];
let schemas: Record<string, Schema>;
const ajv = addFormats(new Ajv2020({ strict: false }));
const compiled = new Map<string, ReturnType<typeof ajv.compile>>();

beforeAll(async () => {
  app = await startTestApp();
  operations = Object.entries(app.document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) =>
      Object.assign({ name: `${method} ${path}` }, operation as Operation),
    ),
  );
  schemas = app.document.components!.schemas as Record<string, Schema>;
  ajv.addSchema({ $id: 'openapi', ...app.document } as object, 'openapi');
});
afterAll(() => app.close());

describe('every operation', () => {
  it('has a unique id, a summary and a described tag', () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(ids).toEqual([...new Set(ids)]);
    expect(ids.filter((id) => !/^[a-z]\w+$/.test(id ?? ''))).toEqual([]);
    expect(operations.filter(({ summary }) => !/^[A-Z].{5,}/.test(summary ?? ''))).toEqual([]);
    const tags = app.document.tags!.filter(({ description }) => description).map(({ name }) => name);
    expect(operations.filter((operation) => !operation.tags?.some((tag) => tags.includes(tag)))).toEqual([]);
    expect(tags.filter((tag) => !operations.some((operation) => operation.tags?.includes(tag)))).toEqual([]);
  });

  it('describes every response and its headers', () => {
    for (const { name, responses } of operations) {
      for (const [status, answer] of Object.entries(responses)) {
        const { description, headers = {} } = resolved(answer);
        expect([name, status, description]).toEqual([name, status, expect.stringMatching(/\w{2}/)]);
        const bare = Object.entries(headers).filter(([, header]) => !resolved(header).description);
        expect([name, status, bare]).toEqual([name, status, []]);
      }
    }
  });

  /** Where an answer may be one thing or another: what was made or is there already, what would happen or has begun. */
  const SUCCESSES: Readonly<Record<string, readonly string[]>> = {
    'post /api/v1/workflows': ['200', '201'],
    'post /api/v1/workflows/{key}/migrations': ['200', '202'],
  };

  it('has one success response with a schema', () => {
    for (const { name, responses } of operations) {
      const successes = Object.keys(responses).filter((status) => status.startsWith('2'));
      expect([name, successes]).toEqual([name, SUCCESSES[name] ?? [expect.any(String)]]);
      for (const status of successes) {
        const media = Object.values(responses[status]!.content ?? {});
        expect([name, media.length]).toEqual([name, status === '204' ? 0 : name.endsWith('/diagram') ? 2 : 1]);
        expect([name, media.every(({ schema }) => Object.keys(schema).length > 0)]).toEqual([name, true]);
      }
    }
  });

  it('documents 400, 414, 500 and 503, and refers to the default response', () => {
    for (const { name, responses } of operations) {
      expect([name, Object.keys(responses)]).toEqual([name, expect.arrayContaining(['400', '414', '500', '503'])]);
      expect(responses['default']).toEqual({ $ref: expect.stringMatching(/^#\/components\/responses\//) });
      const headers = Object.entries(responses['503']!.headers ?? {});
      const shared = headers.filter(([, { $ref }]) => $ref !== undefined).map(([header]) => header);
      expect(headers.map(([header]) => header)).toEqual(['Retry-After', ...shared]);
      const isCounted = responses['429'] !== undefined;
      expect([name, shared.includes('RateLimit'), shared.includes('RateLimit-Policy')]).toEqual([
        name,
        isCounted,
        isCounted,
      ]);
    }
  });

  it('describes its parameters', () => {
    const all = operations.flatMap(({ name, parameters = [] }) => parameters.map((p) => ({ ...p, operation: name })));
    expect(all.filter(({ description }) => !description).map((p) => `${p.operation} ${p.name}`)).toEqual([]);
    expect(all.filter(({ schema }) => !schema?.type).map((p) => `${p.operation} ${p.name}`)).toEqual([]);
    expect(all.length).toBeGreaterThan(15);
  });
});

describe('every body', () => {
  it('has a schema with fields, and an example that matches it', () => {
    const bodies = operations.flatMap(({ name, requestBody }) => (requestBody ? [{ name, ...requestBody }] : []));
    expect(bodies.length).toBeGreaterThanOrEqual(5);
    for (const { name, content, required } of bodies) {
      const types = ['application/json', ...(name.startsWith('patch') ? ['application/merge-patch+json'] : [])];
      expect([name, Object.keys(content), required]).toEqual([name, types, true]);
      const { schema, example } = content['application/json']!;
      expect(Object.keys(resolved(schema).properties ?? {}).length).toBeGreaterThan(0);
      expect([name, mistakesIn(schema, example)]).toEqual([name, 'none']);
    }
  });
});

describe('every schema', () => {
  it('describes its fields', () => {
    const fields = Object.entries(schemas).flatMap(([name, schema]) => fieldsOf(name, schema));
    expect(fields.length).toBeGreaterThan(60);
    expect(fields.filter(([, field]) => !field.description).map(([name]) => name)).toEqual([]);
  });

  it('has fields, and examples that match it', () => {
    for (const [name, schema] of Object.entries(schemas)) {
      expect([name, Object.keys(schema.properties ?? {}).length > 0]).toEqual([name, true]);
      for (const [place, field] of fieldsOf(name, schema)) {
        if (field.example !== undefined) expect([place, mistakesIn(field, field.example)]).toEqual([place, 'none']);
      }
    }
  });

  it('is referenced', () => {
    const document = JSON.stringify(app.document);
    expect(Object.keys(schemas).filter((name) => !document.includes(`"#/components/schemas/${name}"`))).toEqual([]);
  });
});

describe('every problem', () => {
  it('has an example that matches its schema', () => {
    let shown = 0;
    for (const { name, responses } of operations) {
      for (const [status, answer] of Object.entries(responses).filter(([key]) => !/^[23]/.test(key))) {
        const { 'application/problem+json': media, ...others } = resolved(answer).content ?? {};
        expect([name, status, others]).toEqual([name, status, {}]);
        const codes = Object.keys(media!.examples!);
        expect(media!.schema.allOf!.at(-1)!.properties!['code']!.enum).toEqual(codes);
        for (const [code, { value }] of Object.entries(media!.examples!)) {
          expect([code, mistakesIn(media!.schema, value)]).toEqual([code, 'none']);
          expect(value).toMatchObject({ code, ...(status === 'default' ? {} : { status: Number(status) }) });
          shown += 1;
        }
      }
    }
    expect(shown).toBeGreaterThan(50);
  });
});

function resolved<T extends { $ref?: string }>(value: T): T {
  if (value.$ref === undefined) return value;
  const steps = value.$ref.slice(2).split('/');
  return steps.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], app.document) as T;
}

/** A schema's fields, with those of the schemas inside it. */
function fieldsOf(name: string, schema: Schema): [place: string, field: Schema][] {
  return Object.entries(schema.properties ?? {}).flatMap(([field, inner]) => {
    const place = `${name}.${field}`;
    return [[place, inner] as [string, Schema]].concat(fieldsOf(place, inner.items ?? inner));
  });
}

function mistakesIn(schema: Schema, example: unknown): string {
  const text = JSON.stringify(schema).replaceAll('"#/', '"openapi#/');
  const validate = compiled.get(text) ?? ajv.compile(JSON.parse(text));
  compiled.set(text, validate);
  return validate(example) ? 'none' : ajv.errorsText(validate.errors);
}
