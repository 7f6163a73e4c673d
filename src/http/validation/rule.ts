import { applyDecorators, type Type } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { getMetadataStorage, ValidateBy, ValidateIf, type ValidatorConstraintInterface } from 'class-validator';
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

/** Returns whether an object satisfies all rules of its DTO. */
export type CompiledCheck = (instance: object) => boolean;

interface CompiledRule {
  readonly name: string;
  /** The validators apply only if all conditions hold. */
  readonly conditions: readonly ((instance: object, value: unknown) => boolean)[];
  readonly validators: readonly ValidatorConstraintInterface[];
}

/**
 * Compiles the class-validator metadata of a DTO into one function, which is much cheaper than class-validator. Only an
 * object that fails it needs class-validator, for the error messages.
 */
export function compileCheck(dto: Type): CompiledCheck {
  const storage = getMetadataStorage();
  const byName = Object.entries(
    storage.groupByPropertyName(storage.getTargetValidationMetadatas(dto, '', false, false)),
  );
  const rules = byName.map(([name, metadata]): CompiledRule => {
    const conditions = metadata.filter(({ type }) => type === 'conditionalValidation');
    const customs = metadata.filter(({ type }) => type === 'customValidation');
    if (conditions.length + customs.length < metadata.length)
      throw new Error(`${dto.name}.${name} has a rule of a kind unknown here`);
    return {
      name,
      conditions: conditions.map(({ constraints }) => constraints[0]),
      validators: customs.flatMap(({ constraintCls }) =>
        storage.getTargetValidatorConstraints(constraintCls).map(({ instance }) => instance),
      ),
    };
  });
  return (instance) => rules.every((rule) => keeps(rule, instance));
}

function keeps({ name, conditions, validators }: CompiledRule, instance: object): boolean {
  const value = (instance as Record<string, unknown>)[name];
  if (!conditions.every((condition) => condition(instance, value))) return true;
  return validators.every((validator) => validator.validate(value) === true);
}
