import { applyDecorators, type Type } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { ValidateBy } from 'class-validator';
import { shown } from './fields';

const ITEM_TYPE = 'phaseline:item-type';

/** A list of `min` to `max` objects, each of which is checked against a DTO of its own. */
export function ListOf(dto: Type, options: { min: number; max: number; description: string }): PropertyDecorator {
  const { min, max, description } = options;
  const fits = (value: unknown): boolean => Array.isArray(value) && value.length >= min && value.length <= max;
  const got = (value: unknown): string => (Array.isArray(value) ? `${value.length}` : shown(value));
  return applyDecorators(
    (target: object, name: string | symbol) => Reflect.defineMetadata(ITEM_TYPE, dto, target, name),
    ValidateBy({
      name: 'listOf',
      validator: {
        validate: fits,
        defaultMessage: (about) => `must be a list of ${min} to ${max} objects; got ${got(about?.value)}`,
      },
    }),
    ApiProperty({ type: [dto], minItems: min, maxItems: max, description }),
  );
}

/** What a list field of a DTO holds; undefined for any other field. */
export function itemTypeOf(dto: Type, name: string): Type<object> | undefined {
  return Reflect.getMetadata(ITEM_TYPE, dto.prototype as object, name) as Type<object> | undefined;
}
