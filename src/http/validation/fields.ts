import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { MAX_INTEGER } from '../../database/storable';
import { field, type FieldOptions, oneOfRule, shown, textRule } from './rule';

/** A text of `min` to `max` characters. A character is a Unicode code point, as in PostgreSQL and JSON Schema. */
export function Text(options: FieldOptions & { min?: number; max: number; pattern?: RegExp }): PropertyDecorator {
  return field(options, textRule(options));
}

/** One of a fixed list of texts. */
export function OneOf(options: FieldOptions & { values: readonly string[] }): PropertyDecorator {
  return field(options, oneOfRule(options.values));
}

/** A whole number. In a query, where all values are texts, its decimal digits. */
export function WholeNumber(options: FieldOptions & { min: number; max: number }): PropertyDecorator {
  const { min, max } = options;
  const fits = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
  return applyDecorators(
    Transform(({ value }) => (/^\d{1,10}$/.test(String(value)) ? Number(value) : value)),
    field(options, {
      name: 'wholeNumber',
      fits,
      expected: `must be a whole number from ${min} to ${max}`,
      schema: { type: 'integer', minimum: min, maximum: max },
    }),
  );
}

/** The version of a workflow or a ticket, starting with 1. */
export function VersionNumber(options: FieldOptions): PropertyDecorator {
  return WholeNumber({ ...options, min: 1, max: MAX_INTEGER });
}

/** The maximum number of items of a page. */
export function PageLimit({ most, usual }: { most: number; usual: number }): PropertyDecorator {
  return WholeNumber({
    min: 1,
    max: most,
    optional: true,
    default: usual,
    description: 'The maximum number of items to return.',
  });
}

/** The cursor of a page. */
export function PageCursor(): PropertyDecorator {
  const description = 'The cursor of the page, from the `Link` header of the previous page.';
  return Text({ max: 500, optional: true, description });
}

/** A boolean. */
export function Flag(options: FieldOptions): PropertyDecorator {
  return field(options, {
    name: 'flag',
    fits: (value) => typeof value === 'boolean',
    expected: 'must be true or false',
    schema: { type: 'boolean' },
  });
}

/** A time with its offset from UTC (RFC 3339). */
export function Time(options: FieldOptions): PropertyDecorator {
  const fits = (value: unknown): boolean => typeof value === 'string' && isTime(value);
  return field(options, {
    name: 'time',
    fits,
    expected: 'must be a time such as 2027-01-31T12:00:00Z',
    schema: { type: 'string', format: 'date-time' },
  });
}

/**
 * A JSON object of at most `maxBytes` of UTF-8. Numbers outside of the exact range of a double (RFC 8259 §6) are rejected,
 * because they would be returned changed.
 */
export function JsonObject(options: FieldOptions & { maxBytes: number }): PropertyDecorator {
  const { maxBytes } = options;
  const fits = (value: unknown): boolean =>
    isPlainObject(value) && hasExactNumbers(value) && Buffer.byteLength(JSON.stringify(value)) <= maxBytes;
  const expected =
    `must be a JSON object of at most ${maxBytes} bytes whose numbers are exact ` +
    `(whole ones up to ±${Number.MAX_SAFE_INTEGER})`;
  return field(options, {
    name: 'jsonObject',
    fits,
    expected,
    got: gotInsteadOfObject,
    schema: { type: 'object', additionalProperties: true },
  });
}

function gotInsteadOfObject(value: unknown): string {
  if (!isPlainObject(value)) return shown(value);
  return hasExactNumbers(value)
    ? `an object of ${Buffer.byteLength(JSON.stringify(value))} bytes`
    : 'an object with a number that is not';
}

/** A JSON object of at most `maxFields` texts, each of 1 to `max` characters. */
export function TextMap(options: FieldOptions & { max: number; maxFields: number }): PropertyDecorator {
  const { max, maxFields } = options;
  const text = textRule({ max });
  return field(options, {
    name: 'textMap',
    fits: (value) =>
      isPlainObject(value) && Object.keys(value).length <= maxFields && Object.values(value).every(text.fits),
    expected: `must be a JSON object of at most ${maxFields} texts of 1 to ${max} characters`,
    schema: { type: 'object', maxProperties: maxFields, additionalProperties: text.schema },
  });
}

const TIME = /^(\d{4}-\d\d-\d\d)T(?!24)\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/** Returns whether a text is a time of a year that RFC 3339 can express. JavaScript would read February 31 as March 3. */
function isTime(text: string): boolean {
  const date = TIME.exec(text)?.[1];
  const at = new Date(text);
  if (date === undefined || Number.isNaN(at.getTime()) || /^[+-]/.test(at.toISOString())) return false;
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
