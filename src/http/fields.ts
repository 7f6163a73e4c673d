import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ValidateBy, ValidateIf } from 'class-validator';
import { isStorableText } from './json-body';

/**
 * Fields of requests. Each decorator states a rule once: it is checked with class-validator and published in OpenAPI.
 */
interface FieldOptions {
  description: string;
  example?: unknown;
  /** May be left out. */
  optional?: boolean;
  /** May be null. */
  nullable?: boolean;
  default?: unknown;
}

/** Text of `min` to `max` characters. A character is a Unicode code point, as in PostgreSQL and JSON Schema. */
export function Text(options: FieldOptions & { min?: number; max: number; pattern?: RegExp }): PropertyDecorator {
  const { min = 1, max, pattern } = options;
  const expected = `must be a text of ${min} to ${max} characters${pattern ? ` that matches ${pattern.source}` : ''}`;
  const fits = (value: unknown): boolean =>
    typeof value === 'string' &&
    value.length >= min &&
    codePoints(value, max) <= max &&
    isStorableText(value) &&
    (pattern?.test(value) ?? true);
  const schema = { type: 'string', minLength: min, maxLength: max, pattern: pattern?.source } as const;
  return field(options, 'text', fits, expected, schema);
}

/** One of a closed list of texts. */
export function OneOf(options: FieldOptions & { values: readonly string[] }): PropertyDecorator {
  const { values } = options;
  const fits = (value: unknown): boolean => typeof value === 'string' && values.includes(value);
  return field(options, 'oneOf', fits, `must be one of ${values.join(', ')}`, { type: 'string', enum: [...values] });
}

/** A whole number. In a query, where everything arrives as text, its digits. */
export function WholeNumber(options: FieldOptions & { min: number; max: number }): PropertyDecorator {
  const { min, max } = options;
  const fits = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
  return applyDecorators(
    Transform(({ value }) => (/^\d{1,9}$/.test(String(value)) ? Number(value) : value)),
    field(options, 'wholeNumber', fits, `must be a whole number from ${min} to ${max}`, {
      type: 'integer',
      minimum: min,
      maximum: max,
    }),
  );
}

/** A moment, with its offset from UTC (RFC 3339). */
export function Time(options: FieldOptions): PropertyDecorator {
  const fits = (value: unknown): boolean => typeof value === 'string' && isTime(value);
  return field(options, 'time', fits, 'must be a time such as 2027-01-31T12:00:00Z', {
    type: 'string',
    format: 'date-time',
  });
}

/**
 * A JSON object of at most `maxBytes` of UTF-8 that can be given back as it came: numbers beyond the exact range of a
 * double (RFC 8259 §6) would not.
 */
export function JsonObject(options: FieldOptions & { maxBytes: number }): PropertyDecorator {
  const { maxBytes } = options;
  const fits = (value: unknown): boolean =>
    isPlainObject(value) && hasExactNumbers(value) && Buffer.byteLength(JSON.stringify(value)) <= maxBytes;
  const expected =
    `must be a JSON object of at most ${maxBytes} bytes whose numbers are exact ` +
    `(whole ones up to ±${Number.MAX_SAFE_INTEGER})`;
  return field(options, 'jsonObject', fits, expected, { type: 'object', additionalProperties: true });
}

function field(
  options: FieldOptions,
  name: string,
  fits: (value: unknown) => boolean,
  expected: string,
  schema: { type: string } & Record<string, unknown>,
): PropertyDecorator {
  const { description, example, optional = false, nullable = false } = options;
  const published = {
    description,
    example,
    required: !optional,
    default: options.default,
    ...(nullable ? { nullable } : {}),
  };
  return applyDecorators(
    ValidateBy({
      name,
      validator: { validate: fits, defaultMessage: (got) => `${expected}; got ${shown(got?.value)}` },
    }),
    ValidateIf((_, value) => !(optional && value === undefined) && !(nullable && value === null)),
    ApiProperty({ ...schema, ...published } as ApiPropertyOptions),
  );
}

/** A value as an error shows it: never at length. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string')
    return value.length <= 60 ? JSON.stringify(value) : `a text of ${Array.from(value).length} characters`;
  if (typeof value === 'object') return Array.isArray(value) ? 'an array' : 'an object';
  return `the ${typeof value} ${String(value)}`;
}

/** Counts up to just beyond `limit`, so that a text of megabytes costs no more than a short one. */
function codePoints(text: string, limit: number): number {
  if (text.length <= limit) return text.length;
  if (text.length > 2 * limit) return limit + 1;
  return Array.from(text).length;
}

const TIME = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/** JavaScript would take February 31st for March 3rd. */
function isTime(text: string): boolean {
  const date = TIME.exec(text)?.[1];
  if (date === undefined || Number.isNaN(Date.parse(text))) return false;
  return new Date(`${date}T00:00:00Z`).toISOString().startsWith(date);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasExactNumbers(value: unknown): boolean {
  if (typeof value === 'number')
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(hasExactNumbers);
}
