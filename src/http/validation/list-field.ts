import type { Type } from '@nestjs/common';
import { field, type FieldOptions, oneOfRule, type Rule, shown, textRule } from './rule';

interface ListOptions extends FieldOptions {
  /** The minimum and maximum number of items. */
  min: number;
  max: number;
}

/** A list of `min` to `max` objects, each checked against a DTO. */
export function ListOf(dto: Type<object>, options: ListOptions): PropertyDecorator {
  return field(options, { ...listRule(options, 'objects'), items: dto });
}

/** A list of `min` to `max` texts, each of 1 to `length` characters. */
export function ListOfTexts(options: ListOptions & { length: number }): PropertyDecorator {
  const items = textRule({ max: options.length });
  const list = listRule(options, `texts of 1 to ${options.length} characters`);
  return field(options, {
    ...list,
    items,
    fits: (value) => list.fits(value) && (value as unknown[]).every(items.fits),
  });
}

/** Distinct texts of a fixed list. */
export function SomeOf(options: FieldOptions & { values: readonly string[] }): PropertyDecorator {
  const { values } = options;
  const items = oneOfRule(values);
  return field(options, {
    name: 'someOf',
    fits: (value) => Array.isArray(value) && value.every(items.fits) && new Set(value).size === value.length,
    expected: `must be a list of ${values.join(', ')}, each once at most`,
    got: (value) => (Array.isArray(value) ? 'one of them repeatedly' : shown(value)),
    schema: { type: 'array', uniqueItems: true, maxItems: values.length },
    items,
  });
}

function listRule({ min, max }: ListOptions, what: string): Rule {
  return {
    name: 'listOf',
    fits: (value) => Array.isArray(value) && value.length >= min && value.length <= max,
    expected: `must be a list of ${min} to ${max} ${what}`,
    got: (value) => (Array.isArray(value) ? String(value.length) : shown(value)),
    schema: { type: 'array', minItems: min, maxItems: max },
  };
}
