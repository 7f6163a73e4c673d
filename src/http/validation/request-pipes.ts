import { Body, type PipeTransform, Query, type Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { UUID } from '../../database/storable';
import { type FieldError, pointerTo, unfitPath, validationFailed } from '../../problems/validation';
import { compileCheck, type CompiledCheck, fieldOf, fieldsOf, refusal } from './rule';

/** The maximum number of errors in a problem. */
const MAX_ERRORS = 100;

/** The meaning of null in an optional field of a body: the field is absent, or its value is to be cleared (RFC 7396). */
type NullMeaning = 'absent' | 'cleared';

/** Passes the body of a POST to a parameter, checked against the DTO that is the parameter's type. */
export function ValidBody(...pipes: readonly PipeTransform[]): ParameterDecorator {
  return bodyParameter('absent', pipes);
}

/**
 * Passes the body of a PATCH to a parameter, checked against the DTO that is the parameter's type.
 *
 * @param pipes run before the check
 */
export function ValidPatch(...pipes: readonly PipeTransform[]): ParameterDecorator {
  return bodyParameter('cleared', pipes);
}

function bodyParameter(nulls: NullMeaning, pipes: readonly PipeTransform[]): ParameterDecorator {
  return (target, method, index) =>
    Body(...pipes, new BodyPipe(dtoOf(target, method, index), nulls))(target, method, index);
}

/** Passes the query to a parameter, checked against the DTO that is the parameter's type. */
export function ValidQuery(): ParameterDecorator {
  return (target, method, index) => Query(new QueryPipe(dtoOf(target, method, index)))(target, method, index);
}

/** The compiler records the types of parameters before decorators of parameters run. */
function dtoOf(target: object, method: string | symbol | undefined, index: number): Type<object> {
  const types = Reflect.getMetadata('design:paramtypes', target, method ?? '') as readonly Type<object>[];
  const dto = types[index];
  if (dto === undefined || dto === Object) throw new Error(`Parameter ${index} of ${String(method)} has no DTO`);
  return dto;
}

/** Validates a body against a DTO. Unknown fields are rejected. */
export class BodyPipe<T extends object> implements PipeTransform<unknown, T> {
  private readonly shape: Shape<T>;

  constructor(dto: Type<T>, nulls: NullMeaning = 'absent') {
    this.shape = shapeOf(dto, nulls);
  }

  transform(value: unknown): T {
    const errors: FieldError[] = [];
    const body = inspect(this.shape, value, '', errors);
    if (errors.length > 0) throw validationFailed(errors.slice(0, MAX_ERRORS));
    return body as T;
  }
}

/** Validates a query against a DTO, after class-transformer has converted digits to numbers. */
export class QueryPipe<T extends object> implements PipeTransform<unknown, T> {
  private readonly known: ReadonlySet<string>;

  constructor(private readonly dto: Type<T>) {
    this.known = new Set(fieldsOf(dto));
  }

  transform(value: object): T {
    refuseUnknown('query', Object.keys(value), this.known);
    refuseRepeated(value);
    return validated('query', plainToInstance(this.dto, value));
  }
}

/** Validates an id in the path. */
export class IdPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    const id = value.toLowerCase();
    if (UUID.test(id)) return id;
    throw unfitPath('/id', 'a UUID', value);
  }
}

/** Rejects unknown names. The error lists the known ones. */
export function refuseUnknown(where: FieldError['in'], names: readonly string[], known: ReadonlySet<string>): void {
  const errors = unknownErrors(where, names, known, '');
  if (errors.length > 0) throw validationFailed(errors);
}

function unknownErrors(
  where: FieldError['in'],
  names: readonly string[],
  known: ReadonlySet<string>,
  pointer: string,
): FieldError[] {
  const expected = known.size === 0 ? 'this route accepts none' : `known are ${[...known].join(', ')}`;
  return names
    .filter((name) => !known.has(name))
    .slice(0, MAX_ERRORS)
    .map((name) => ({ in: where, pointer: pointer + pointerTo(name), detail: `is unknown; ${expected}` }));
}

function refuseRepeated(query: object): void {
  const repeated = Object.entries(query).filter(([, value]) => Array.isArray(value));
  if (repeated.length === 0) return;
  throw validationFailed(
    repeated.map(([name]) => ({
      in: 'query',
      pointer: pointerTo(name),
      detail: 'must be given once; got it repeatedly',
    })),
  );
}

function validated<T extends object>(where: FieldError['in'], instance: T): T {
  const errors = fieldErrors(where, instance, '');
  if (errors.length > 0) throw validationFailed(errors);
  return instance;
}

/** A DTO, prepared for the validation of bodies. */
interface Shape<T extends object = object> {
  readonly dto: Type<T>;
  readonly isSound: CompiledCheck;
  readonly known: ReadonlySet<string>;
  /** Optional fields in which null means absent. */
  readonly nullable: readonly string[];
  /** Fields that are lists of objects, with the shape of the objects. */
  readonly lists: ReadonlyMap<string, Shape>;
}

function shapeOf<T extends object>(dto: Type<T>, nulls: NullMeaning): Shape<T> {
  // Read before values are copied, so that a field `constructor` has no special meaning.
  const known = new Set(fieldsOf(dto));
  const lists = [...known].flatMap((name): [string, Shape][] => {
    const items = fieldOf(dto, name)?.rule.items;
    return typeof items === 'function' ? [[name, shapeOf(items, nulls)]] : [];
  });
  const optional = [...known].filter((name) => fieldOf(dto, name)?.options.optional === true);
  const nullable = nulls === 'absent' ? optional : [];
  return { dto, isSound: compileCheck(dto), known, nullable, lists: new Map(lists) };
}

/** Validates an object and the objects in its lists, and collects the errors. */
function inspect<T extends object>(
  shape: Shape<T>,
  value: unknown,
  pointer: string,
  errors: FieldError[],
): T | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const got = value === undefined ? 'nothing' : Array.isArray(value) ? 'an array' : JSON.stringify(value);
    errors.push({ in: 'body', pointer, detail: `must be a JSON object; got ${got.slice(0, 60)}` });
    return undefined;
  }
  const unknown = unknownErrors('body', Object.keys(value), shape.known, pointer);
  errors.push(...unknown);
  if (unknown.length > 0) return undefined;
  const instance = Object.assign(new shape.dto(), value);
  for (const name of shape.nullable) {
    if ((instance as Record<string, unknown>)[name] === null) delete (instance as Record<string, unknown>)[name];
  }
  const wrong = shape.isSound(instance) ? [] : fieldErrors('body', instance, pointer);
  errors.push(...wrong);
  if (wrong.length > 0) return instance;
  for (const [name, item] of shape.lists) inspectList(item, instance, name, pointer, errors);
  return instance;
}

function inspectList(shape: Shape, holder: object, name: string, pointer: string, errors: FieldError[]): void {
  const lists = holder as Record<string, unknown>;
  const list = lists[name];
  if (!Array.isArray(list)) return;
  const place = `${pointer}${pointerTo(name)}`;
  lists[name] = list.map((item, i) =>
    // Stops at the maximum number of errors, so that a long invalid list stays cheap.
    errors.length < MAX_ERRORS ? inspect(shape, item, `${place}/${i}`, errors) : undefined,
  );
}

function fieldErrors(where: FieldError['in'], instance: object, pointer: string): FieldError[] {
  const errors = validateSync(instance, { validationError: { target: false } });
  return errors.flatMap(({ property, value, constraints = {} }) => {
    const place = pointer + pointerTo(property);
    const items = itemErrors(instance, property, value);
    if (items.length > 0) return items.map(({ i, detail }) => ({ in: where, pointer: `${place}/${i}`, detail }));
    return Object.values(constraints).map((detail) => ({ in: where, pointer: place, detail }));
  });
}

/** Returns the invalid items of a list; none if the list as a whole is invalid. */
function itemErrors(instance: object, property: string, value: unknown): { i: number; detail: string }[] {
  const rule = fieldOf(instance.constructor as Type, property)?.rule.items;
  if (rule === undefined || typeof rule === 'function' || !Array.isArray(value)) return [];
  const wrong = value.flatMap((item, i) => (rule.fits(item) ? [] : [i]));
  return wrong.slice(0, MAX_ERRORS).map((i) => ({ i, detail: refusal(rule, value[i]) }));
}
