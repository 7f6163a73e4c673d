import type { Type } from '@nestjs/common';
import { type Field, fieldOf, fieldsOf } from './rule';

/** A JSON Schema of a JSON object (draft 2020-12). */
export interface ObjectSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, object>>;
  readonly required: readonly string[];
  readonly additionalProperties: false;
}

/** Returns the JSON Schema of the bodies of a POST that `BodyPipe` accepts for a DTO, from the rules of its fields. */
export function bodySchema(dto: Type): ObjectSchema {
  const fields = fieldsOf(dto).map((name) => [name, fieldOf(dto, name)!] as const);
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(([name, field]) => [name, fieldSchema(field)])),
    required: fields.filter(([, { options }]) => !options.optional).map(([name]) => name),
    additionalProperties: false,
  };
}

function fieldSchema({ rule, options }: Field): object {
  const { description, default: preset, example, nullable = false, optional = false } = options;
  const value = { ...rule.schema, ...itemsOf(rule) };
  return {
    description,
    ...(nullable || optional ? { anyOf: [value, { type: 'null' }] } : value),
    ...(preset !== undefined && { default: preset }),
    ...(example !== undefined && { examples: [example] }),
  };
}

function itemsOf({ items }: Field['rule']): object {
  if (items === undefined) return {};
  return { items: typeof items === 'function' ? bodySchema(items) : items.schema };
}
