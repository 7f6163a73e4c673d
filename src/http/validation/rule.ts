import type { Type } from '@nestjs/common';
import { isStorableText } from '../../database/storable';

/** What a value must be: as a check, in words, and as JSON Schema. */
export interface Rule {
  readonly name: string;
  readonly fits: (value: unknown) => boolean;
  /** Begins with "must be". */
  readonly expected: string;
  /** How a value that does not fit is shown; where it is left out, as `shown` does it. */
  readonly got?: (value: unknown) => string;
  readonly schema: { readonly type: string } & Record<string, unknown>;
  /** Of a list: what each item must be. Items that have a DTO are checked against it, and are not this rule's. */
  readonly items?: Rule | Type<object>;
}

/** Text of `min` to `max` characters. A character is a Unicode code point, as in PostgreSQL and JSON Schema. */
export function textRule({ min = 1, max, pattern }: { min?: number; max: number; pattern?: RegExp }): Rule {
  return {
    name: 'text',
    fits: (value) =>
      typeof value === 'string' &&
      value.length >= min &&
      codePoints(value, max) <= max &&
      isStorableText(value) &&
      (pattern?.test(value) ?? true),
    expected: `must be a text of ${min} to ${max} characters${pattern ? ` that matches ${pattern.source}` : ''}`,
    schema: { type: 'string', minLength: min, maxLength: max, ...(pattern && { pattern: pattern.source }) },
  };
}

/** One of a closed list of texts. */
export function oneOfRule(values: readonly string[]): Rule {
  return {
    name: 'oneOf',
    fits: (value) => typeof value === 'string' && values.includes(value),
    expected: `must be one of ${values.join(', ')}`,
    schema: { type: 'string', enum: [...values] },
  };
}

/** What to answer to a value that does not fit. */
export function refusal({ expected, got = shown }: Rule, value: unknown): string {
  return `${expected}; got ${got(value)}`;
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
