import { applyDecorators, type Type } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { getMetadataStorage, ValidateBy, ValidateIf } from 'class-validator';
import { refusal, type Rule } from './rule';

export interface FieldOptions {
  description: string;
  example?: unknown;
  /** The field may be absent. */
  optional?: boolean;
  /** The field may be null. */
  nullable?: boolean;
  default?: unknown;
}

/** A field of a request: its rule and its documentation. */
export interface Field {
  readonly rule: Rule;
  readonly options: FieldOptions;
}

const FIELD = 'phaseline:field';

/** Declares the rule of a field for class-validator, the OpenAPI document and `fieldOf`. */
export function field(options: FieldOptions, rule: Rule): PropertyDecorator {
  const { optional = false, nullable = false } = options;
  return applyDecorators(
    (target: object, name: string | symbol) => Reflect.defineMetadata(FIELD, { rule, options }, target, name),
    ValidateBy({
      name: rule.name,
      validator: { validate: rule.fits, defaultMessage: (about) => refusal(rule, about?.value) },
    }),
    ValidateIf((_, value) => !(optional && value === undefined) && !(nullable && value === null)),
    ApiProperty(published(options, rule)),
  );
}

/** Returns a field of a DTO; undefined if it does not exist. */
export function fieldOf(dto: Type, name: string): Field | undefined {
  return Reflect.getMetadata(FIELD, dto.prototype as object, name) as Field | undefined;
}

/** Returns the names of a DTO's fields, in order. */
export function fieldsOf(dto: Type): readonly string[] {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  return [...new Set(metadata.map(({ propertyName }) => propertyName))];
}

function published(options: FieldOptions, { schema, items }: Rule): ApiPropertyOptions {
  const { description, example, optional = false, nullable = false } = options;
  const whole = { ...schema, description, example, required: !optional, default: options.default };
  const list = items === undefined ? {} : typeof items === 'function' ? { type: [items] } : { items: items.schema };
  return { ...whole, ...list, ...(nullable ? { nullable } : {}) } as ApiPropertyOptions;
}
