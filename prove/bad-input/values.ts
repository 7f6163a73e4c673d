import { randomUUID } from 'node:crypto';
import type { Random } from '../random';
import { resolved, type OpenApi, type Parameter, type Schema } from './document';

/** Texts that have broken something somewhere. */
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

/** Values of a type that is rarely meant. */
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

/** Keys of the workflows that are defined by chance; those of the tickets stay as they are. */
export const FUZZED: readonly string[] = ['fuzzed-1', 'fuzzed-2', 'fuzzed-3'];

/** What there is to be named. */
export interface Known {
  /** Ids of tickets. */
  readonly ids: readonly string[];
  /** Keys of workflows. */
  readonly keys: readonly string[];
  /** Definitions of workflows, so small that a thousand of them flood nothing; chance alone would make no sound one. */
  readonly definitions: readonly object[];
}

/** Makes values from schemas: such that fit, such that just fit or just do not, and such that should not. */
export class Values {
  constructor(
    private readonly document: OpenApi,
    private readonly random: Random,
    private readonly known: Known,
  ) {}

  /** A value for a part of a path: most often one that something is named by. */
  part({ schema }: Parameter): string {
    const { type, format } = resolved(this.document, schema);
    if (type === 'integer') return String(1 + this.random.below(3));
    return format === 'uuid' ? this.id() : this.key(schema);
  }

  /** A value that fits the schema, as far as the schema tells. */
  fitting(schema: Schema): unknown {
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
    if (type === 'array') return Array.from({ length: 1 + random.below(3) }, () => this.fitting(items ?? {}));
    return this.object(resolved(this.document, schema));
  }

  /** A value at an edge of what the schema allows. */
  boundary(schema: Schema): unknown {
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
    const step = this.random.pick([-1, 0, 1]);
    const low = this.random.chance(0.5);
    if (type === 'string') {
      const character = this.random.pick(['x', 'é', '💥']);
      return character.repeat(Math.max(0, (low ? minLength : (maxLength ?? 300)) + step));
    }
    if (type === 'integer') return (low ? (minimum ?? 0) : (maximum ?? 2 ** 31)) + step;
    if (type !== 'array') return this.odd();
    const item = this.fitting(items ?? {});
    return Array.from({ length: Math.max(0, (low ? minItems : (maxItems ?? 100)) + step) }, () => item);
  }

  odd(): unknown {
    return this.random.chance(0.4) ? this.random.pick(ODD_VALUES) : this.random.pick(HOSTILE_TEXTS);
  }

  /** Most often one that something has. */
  id(): string {
    return this.random.chance(0.85) ? this.random.pick(this.known.ids) : randomUUID();
  }

  private key({ example }: Schema): string {
    const { random } = this;
    return random.chance(0.3) && example !== undefined ? String(example) : random.pick(this.known.keys);
  }

  private text({ example, minLength = 0 }: Schema): string {
    const { random } = this;
    if (random.chance(0.4)) return random.pick(PHASES);
    if (example !== undefined && random.chance(0.5)) return String(example);
    return random.pick(['a', 'agent-7', 'Grüße', '工单 🎫', 'k' + random.below(1e9)]).padEnd(minLength, 'x');
  }

  private object({ properties = {}, required = [] }: Schema): object {
    if ('phases' in properties && 'transitions' in properties) return this.definition();
    const chosen = Object.entries(properties).filter(([name]) => required.includes(name) || this.random.chance(0.4));
    return Object.fromEntries(chosen.map(([name, schema]) => [name, this.fitting(schema)]));
  }

  private definition(): object {
    return { ...this.random.pick(this.known.definitions), key: this.random.pick(FUZZED) };
  }
}
