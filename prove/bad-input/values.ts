import { randomUUID } from 'node:crypto';
import type { JsonSchema, OpenApi, OpenApiParameter } from '../../testkit/openapi-contract';
import type { Random } from '../random';

/** One operation of the document. */
export interface Operation {
  /** In capitals. */
  readonly method: string;
  /** With parameters in braces. */
  readonly path: string;
  readonly parameters: readonly OpenApiParameter[];
  readonly body: JsonSchema | undefined;
}

/** Texts that often reveal errors in software. */
export const HOSTILE_TEXTS: readonly string[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  'x\udc00y',
  '\u202emirrored\u202c',
  '\u200f\u200e\ufeff',
  'e\u0301'.repeat(50),
  '👩‍👩‍👧‍👦'.repeat(20),
  'x'.repeat(10_000),
  '💥'.repeat(10_001),
  `'; DROP TABLE tickets; --`,
  `' OR '1'='1`,
  '$1',
  '{"$ne": null}',
  '${jndi:ldap://127.0.0.1/a}',
  '<script>alert(1)</script>',
  '../../../../etc/passwd',
  '__proto__',
  'constructor',
  'null',
  'NaN',
  '1e309',
  '%00',
  '%s%n',
  '\r\nx-injected: 1',
  '\\',
  '"',
  '0x10',
  '９',
];

/** Values of unexpected types. */
const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  -0,
  2 ** 31,
  2 ** 53,
  1e300,
  [],
  [null],
  [[]],
  {},
  { a: { b: [] } },
  { toString: 'x', constructor: { prototype: null } },
  { length: 1e9 },
];

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const PHASES = 'BACKLOG REQUIREMENTS DESIGN IMPLEMENTATION TESTING DEPLOYMENT DONE BLOCKED'.split(' ');

/** Keys of the workflows that requests may define. The tickets' workflows do not change. */
export const FUZZED: readonly string[] = ['fuzzed-1', 'fuzzed-2', 'fuzzed-3'];

/** Existing ids and keys, and definitions to send. */
export interface KnownValues {
  /** Ids of tickets. */
  readonly ids: readonly string[];
  /** Keys of workflows. */
  readonly keys: readonly string[];
  /** Small valid workflow definitions, which random values would hardly ever form. */
  readonly definitions: readonly object[];
}

/** Generates values from schemas: valid ones, ones at a limit, and invalid ones. */
export class Values {
  constructor(
    private readonly document: OpenApi,
    private readonly random: Random,
    private readonly known: KnownValues,
  ) {}

  /** Returns a value for a path parameter, mostly an existing id or key. */
  part({ schema }: OpenApiParameter): string {
    const { type, format } = resolved(this.document, schema);
    if (type === 'integer') return String(1 + this.random.below(3));
    return format === 'uuid' ? this.id() : this.key(schema);
  }

  /** Returns a value that the schema allows. */
  valid(schema: JsonSchema): unknown {
    const { random } = this;
    const {
      enum: choices,
      type,
      format,
      pattern,
      example,
      minimum = 0,
      maximum = 1_000,
      items,
    } = resolved(this.document, schema);
    if (choices !== undefined) return random.pick(choices);
    if (format === 'uuid' || UUID.test(String(example))) return this.id();
    if (type === 'string') return pattern === undefined ? this.text(schema) : this.key(schema);
    if (type === 'integer' && example !== undefined && random.chance(0.5)) return example;
    if (type === 'integer' || type === 'number') return minimum + random.below(Math.min(maximum - minimum, 50) + 1);
    if (type === 'boolean') return random.chance(0.5);
    if (type === 'array') return Array.from({ length: 1 + random.below(3) }, () => this.valid(items ?? {}));
    return this.object(resolved(this.document, schema));
  }

  /** Returns a value at or just beyond a limit of the schema. */
  boundary(schema: JsonSchema): unknown {
    const {
      type,
      minLength = 0,
      maxLength,
      minimum,
      maximum,
      items,
      minItems = 0,
      maxItems,
    } = resolved(this.document, schema);
    const offset = this.random.pick([-1, 0, 1]);
    const low = this.random.chance(0.5);
    if (type === 'string') {
      const character = this.random.pick(['x', 'é', '💥']);
      return character.repeat(Math.max(0, (low ? minLength : (maxLength ?? 300)) + offset));
    }
    if (type === 'integer') return (low ? (minimum ?? 0) : (maximum ?? 2 ** 31)) + offset;
    if (type !== 'array') return this.odd();
    const item = this.valid(items ?? {});
    return Array.from({ length: Math.max(0, (low ? minItems : (maxItems ?? 100)) + offset) }, () => item);
  }

  odd(): unknown {
    return this.random.chance(0.4) ? this.random.pick(ODD_VALUES) : this.random.pick(HOSTILE_TEXTS);
  }

  /** Returns a ticket's id, mostly an existing one. */
  id(): string {
    return this.random.chance(0.85) ? this.random.pick(this.known.ids) : randomUUID();
  }

  private key({ example }: JsonSchema): string {
    const { random } = this;
    return random.chance(0.3) && example !== undefined ? String(example) : random.pick(this.known.keys);
  }

  private text({ example, minLength = 0 }: JsonSchema): string {
    const { random } = this;
    if (random.chance(0.4)) return random.pick(PHASES);
    if (example !== undefined && random.chance(0.5)) return String(example);
    return random.pick(['a', 'agent-7', 'Grüße', '工单 🎫', 'k' + random.below(1e9)]).padEnd(minLength, 'x');
  }

  private object({ properties = {}, required = [] }: JsonSchema): object {
    if ('phases' in properties && 'transitions' in properties) return this.definition();
    const chosen = Object.entries(properties).filter(([name]) => required.includes(name) || this.random.chance(0.4));
    return Object.fromEntries(chosen.map(([name, schema]) => [name, this.valid(schema)]));
  }

  private definition(): object {
    return { ...this.random.pick(this.known.definitions), key: this.random.pick(FUZZED) };
  }
}

/** Follows a reference to a schema. */
export function resolved(document: OpenApi, schema: JsonSchema): JsonSchema {
  const found = schema.$ref === undefined ? schema : document.components.schemas[schema.$ref.split('/').at(-1)!];
  const type: unknown = found?.type;
  // An optional field of a body has two types, because null means absent.
  return Array.isArray(type) ? { ...found, type: String(type.find((name) => name !== 'null')) } : (found ?? {});
}
