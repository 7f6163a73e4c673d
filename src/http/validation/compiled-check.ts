import type { Type } from '@nestjs/common';
import { getMetadataStorage, type ValidatorConstraintInterface } from 'class-validator';

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
