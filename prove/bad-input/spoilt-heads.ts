import type { Random } from '../random';
import type { Operation } from './document';
import type { RequestDraft } from './wire-request';
import { HOSTILE_TEXTS, type Values } from './values';

const METHODS = 'GET HEAD POST PUT PATCH DELETE OPTIONS TRACE PROPFIND QUERY FOO get'.split(' ');

/** Replaced where the request has them, else added. */
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

export function spoilHeaders(draft: RequestDraft, random: Random): void {
  const [name, value] = random.pick(ODD_HEADERS);
  if (random.chance(0.05)) draft.headers = draft.headers.filter(([other]) => other !== 'host');
  else draft.headers = [...draft.headers.filter(([other]) => other !== name), [name, value]];
}

export function spoilMethod(draft: RequestDraft, random: Random): void {
  draft.method = random.pick(METHODS);
}

export function spoilPath(draft: RequestDraft, { path }: Operation, values: Values, random: Random): void {
  const id = random.chance(0.2) ? values.id().toUpperCase() : random.pick(ODD_IDS);
  if (path.includes('{')) draft.path = path.replaceAll(/\{\w+\}/g, id);
  else draft.path += random.pick(['/', '//', '/x', '%00', ';', '.json']);
}

export function spoilQuery(draft: RequestDraft, { parameters }: Operation, values: Values, random: Random): void {
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
