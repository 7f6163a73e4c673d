import type { JsonSchema, OpenApi } from '../../testkit/openapi-contract';
import type { Random } from '../random';
import { HOSTILE_TEXTS, resolved, type Operation, type Values } from './values';

/** The parts of a request before it is serialized. */
export interface RequestDraft {
  method: string;
  path: string;
  query: string;
  headers: [name: string, value: string][];
  body?: Buffer;
}

interface Tools {
  readonly document: OpenApi;
  readonly values: Values;
  readonly random: Random;
}

type Fields = Record<string, unknown>;

const ODD_NAMES = [
  '__proto__',
  'constructor',
  'toString',
  '',
  'phase',
  'version',
  'id',
  '\0',
  '💥',
  'x'.repeat(10_000),
];

/** Bodies that are not JSON, or not a valid command. */
const ODD_BODIES: readonly Buffer[] = [
  '',
  ' ',
  'null',
  'true',
  '42',
  '"text"',
  '[]',
  '[{}]',
  '{',
  '}',
  '{"a":}',
  '{"a":1,}',
  "{'a':1}",
  'NaN',
  '{}{}',
  '{"title":"a","title":"b"}',
  '{"__proto__":{"x":1}}',
  '\u2028{}',
  'title=a&x=b',
  '<a/>',
  '{"a":1e999}',
  ...['[', '{"a":'].map((opening) => opening.repeat(5_000)),
  '{"title":"\\ud800"}',
  '{"to_phase":"\\u0000"}',
  '{"title":"\\x41"}',
  '{"title":"a\nb"}',
]
  .map((text) => Buffer.from(text))
  .concat([
    Buffer.from([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]),
    Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d]),
    Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]),
    Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]),
    Buffer.alloc(1024),
  ]);

/** Mutates a field, a list or the whole body. */
export function mutateBody(draft: RequestDraft, schema: JsonSchema, tools: Tools): void {
  const { random, document } = tools;
  const value = parsed(draft.body);
  if (random.chance(0.2) || value === undefined) {
    draft.body = random.pick(ODD_BODIES);
    return;
  }
  draft.body = Buffer.from(JSON.stringify(mutated(value, resolved(document, schema), tools)));
}

function parsed(body: Buffer | undefined): Fields | undefined {
  try {
    return Object(JSON.parse(String(body))) as Fields;
  } catch {
    return undefined;
  }
}

function mutated(value: Fields, schema: JsonSchema, tools: Tools): Fields {
  const { random, values, document } = tools;
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) return { ...value, [random.pick(ODD_NAMES)]: values.odd() };
  const [name, field] = random.pick(properties);
  const list = value[name];
  if (Array.isArray(list) && list.length > 0 && random.chance(0.7)) {
    const place = random.below(list.length);
    const item = mutated(Object(list[place]) as Fields, resolved(document, field.items ?? {}), tools);
    return { ...value, [name]: list.with(place, item) };
  }
  const choice = random.next();
  if (choice < 0.12) return without(value, name);
  if (choice < 0.24) return Object.fromEntries([...Object.entries(value), [random.pick(ODD_NAMES), values.odd()]]);
  return { ...value, [name]: choice < 0.6 ? values.boundary(field) : values.odd() };
}

function without(value: Fields, name: string): Fields {
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
}

const METHODS = 'GET HEAD POST PUT PATCH DELETE OPTIONS TRACE PROPFIND QUERY FOO get'.split(' ');

/** These replace the request's own header, or are added. */
const ODD_HEADERS: readonly (readonly [name: string, value: string])[] = [
  ...[
    'text/plain',
    'application/xml',
    '',
    'application/json; charset=latin1',
    'application/json;;',
    'application/jsonx',
  ].map((type) => ['content-type', type] as const),
  ...['"1"', '"999999"', '*', 'W/"1"', '1', '"', '"a", "b"', '"99999999999999999999"', '\xff'].map(
    (tag) => ['if-match', tag] as const,
  ),
  ...['"1"', '*', '"1", W/"2"', 'x', ','].map((tag) => ['if-none-match', tag] as const),
  ...['', '""', 'a', 'x'.repeat(255), 'x'.repeat(256), '\xe9', 'a b', '"a"', `'; --`].map(
    (key) => ['idempotency-key', key] as const,
  ),
  ...['Bearer x', 'Bearer ', 'Basic YTpi', 'Bearer pl_' + 'A'.repeat(43), '\xff'].map(
    (value) => ['authorization', value] as const,
  ),
  ['accept', 'text/html'],
  ['accept', '\xff\xfe'],
  ['accept-encoding', 'gzip, br, x'],
  ['content-encoding', 'gzip'],
  ['cookie', 'x'.repeat(4_000)],
  ['expect', '200-maybe'],
  ['host', ''],
  ['host', 'evil.example\\@127.0.0.1'],
  ['origin', 'https://evil.example'],
  ['range', 'bytes=0-0'],
  ['x-forwarded-for', '127.0.0.1, ::1'],
  ['x-http-method-override', 'DELETE'],
  ['x-request-id', '<script>'],
  ['x', 'y'.repeat(20_000)],
  ['bad name', 'x'],
  ['upgrade', 'websocket'],
];

const ODD_IDS = [
  '..',
  '%',
  '%00',
  '%ff',
  '%2e%2e%2f',
  'null',
  '0',
  '-1',
  '1',
  '*',
  "'%20OR%201=1--",
  '%f0%9f%92%a5',
  '',
  '00000000-0000-0000-0000-000000000000',
  'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
  'x'.repeat(9_000),
  'y'.repeat(300),
  '{0192f0c4-7c1e-7d3a-8a4e-2f6f3c1b9a55}',
  '0192f0c47c1e7d3a8a4e2f6f3c1b9a55',
  'a/b',
  '%2F',
  ';x=1',
];

export function mutateHeaders(draft: RequestDraft, random: Random): void {
  const [name, value] = random.pick(ODD_HEADERS);
  if (random.chance(0.05)) draft.headers = draft.headers.filter(([other]) => other !== 'host');
  else draft.headers = [...draft.headers.filter(([other]) => other !== name), [name, value]];
}

export function mutateMethod(draft: RequestDraft, random: Random): void {
  draft.method = random.pick(METHODS);
}

export function mutatePath(draft: RequestDraft, { path }: Operation, values: Values, random: Random): void {
  const id = random.chance(0.2) ? values.id().toUpperCase() : random.pick(ODD_IDS);
  if (path.includes('{')) draft.path = path.replaceAll(/\{\w+\}/g, id);
  else draft.path += random.pick(['/', '//', '/x', '%00', ';', '.json']);
}

export function mutateQuery(draft: RequestDraft, { parameters }: Operation, values: Values, random: Random): void {
  const queries = parameters.filter((parameter) => parameter.in === 'query');
  const { name, schema } = queries.length > 0 ? random.pick(queries) : { name: 'unknown', schema: { type: 'string' } };
  const value = escaped(random.chance(0.5) ? values.boundary(schema) : random.pick(HOSTILE_TEXTS)).slice(0, 3_000);
  const odd = [
    `${name}=${value}`,
    `${name}=1&${name}=2`,
    `${name}[]=${value}`,
    `x=${value}`,
    `${name}=%zz`,
    `${name}`,
    '&&=',
    '?',
  ];
  draft.query = `?${random.pick(odd)}`;
}

function escaped(value: unknown): string {
  return encodeURIComponent(String(value).toWellFormed());
}
