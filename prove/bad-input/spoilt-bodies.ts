import type { Random } from '../random';
import { resolved, type OpenApi, type Schema } from './document';
import type { RequestDraft } from './wire-request';
import type { Values } from './values';

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

/** Bodies that are no JSON, or not the JSON that anybody expects. */
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

/** Spoils one thing in the body: a field, a list, or all of it. */
export function spoilBody(draft: RequestDraft, schema: Schema, tools: Tools): void {
  const { random, document } = tools;
  const value = parsed(draft.body);
  if (random.chance(0.2) || value === undefined) {
    draft.body = random.pick(ODD_BODIES);
    return;
  }
  draft.body = Buffer.from(JSON.stringify(spoilt(value, resolved(document, schema), tools)));
}

function parsed(body: Buffer | undefined): Fields | undefined {
  try {
    return Object(JSON.parse(String(body))) as Fields;
  } catch {
    return undefined;
  }
}

function spoilt(value: Fields, schema: Schema, tools: Tools): Fields {
  const { random, values, document } = tools;
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) return { ...value, [random.pick(ODD_NAMES)]: values.odd() };
  const [name, field] = random.pick(properties);
  const list = value[name];
  if (Array.isArray(list) && list.length > 0 && random.chance(0.7)) {
    const place = random.below(list.length);
    const item = spoilt(Object(list[place]) as Fields, resolved(document, field.items ?? {}), tools);
    return { ...value, [name]: list.with(place, item) };
  }
  const how = random.next();
  if (how < 0.12) return without(value, name);
  if (how < 0.24) return Object.fromEntries([...Object.entries(value), [random.pick(ODD_NAMES), values.odd()]]);
  return { ...value, [name]: how < 0.6 ? values.boundary(field) : values.odd() };
}

function without(value: Fields, name: string): Fields {
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
}
