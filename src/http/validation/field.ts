import { applyDecorators, type Type } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { getMetadataStorage, ValidateBy, ValidateIf } from 'class-validator';
import { refusal, type Rule } from './rule';

export interface FieldOptions {
  description: string;
  example?: unknown;
  /** May be left out. */
  optional?: boolean;
  /** May be null. */
  nullable?: boolean;
  default?: unknown;
}

/** A field of a request: what its value must be, and what people are told of it. */
export interface Field {
  readonly rule: Rule;
  readonly options: FieldOptions;
}

const FIELD = 'phaseline:field';

/** States a rule once: it is checked with class-validator, published in OpenAPI, and known to `fieldOf`. */
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

/** What a DTO says of a field; undefined where it has none of that name. */
export function fieldOf(dto: Type, name: string): Field | undefined {
  return Reflect.getMetadata(FIELD, dto.prototype as object, name) as Field | undefined;
}

/** The names of the fields that a DTO declares, in their order. */
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
