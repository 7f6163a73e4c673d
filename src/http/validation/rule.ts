import type { Type } from '@nestjs/common';
import { isStorableText } from '../../database/storable';

/** A rule for a value: as a check, as text, and as JSON Schema. */
export interface Rule {
  readonly name: string;
  readonly fits: (value: unknown) => boolean;
  /** Begins with "must be". */
  readonly expected: string;
  /** Formats an invalid value for the error. Defaults to `shown`. */
  readonly got?: (value: unknown) => string;
  readonly schema: { readonly type: string } & Record<string, unknown>;
  /** The rule of a list's items. Items with a DTO are checked against it, not by this rule. */
  readonly items?: Rule | Type<object>;
}

/** A text of `min` to `max` characters. A character is a Unicode code point, as in PostgreSQL and JSON Schema. */
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

/** One of a fixed list of texts. */
export function oneOfRule(values: readonly string[]): Rule {
  return {
    name: 'oneOf',
    fits: (value) => typeof value === 'string' && values.includes(value),
    expected: `must be one of ${values.join(', ')}`,
    schema: { type: 'string', enum: [...values] },
  };
}

/** Returns the error for an invalid value. */
export function refusal({ expected, got = shown }: Rule, value: unknown): string {
  return `${expected}; got ${got(value)}`;
}

/** Formats a value for an error, shortened. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string')
    return value.length <= 60 ? JSON.stringify(value) : `a text of ${Array.from(value).length} characters`;
  if (typeof value === 'object') return Array.isArray(value) ? 'an array' : 'an object';
  return `the ${typeof value} ${String(value)}`;
}

/** Counts code points up to just above `limit`, so that very long texts stay cheap. */
function codePoints(text: string, limit: number): number {
  if (text.length <= limit) return text.length;
  if (text.length > 2 * limit) return limit + 1;
  return Array.from(text).length;
}
