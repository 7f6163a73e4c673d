import { isStorableText, MAX_INTEGER } from '../../../database/storable';
import { UUID } from '../../../database/uuid';

/** What a member of a line must be. */
export interface Check<T> {
  /** In words, behind "must be". */
  readonly expected: string;
  test(value: unknown): value is T;
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

export const uuid: Check<string> = {
  expected: 'a UUID in lower case',
  test: (value): value is string => typeof value === 'string' && UUID.test(value),
};

/** As an export writes it, and no other way. */
export const time: Check<string> = {
  expected: 'a time such as 2026-01-31T12:00:00.000Z',
  test: (value): value is string => {
    if (typeof value !== 'string' || !TIME.test(value)) return false;
    const at = new Date(value);
    return !Number.isNaN(at.getTime()) && at.toISOString() === value;
  },
};

/** Whatever JSON there is. What is in it is the database's to judge. */
export const anyJson: Check<unknown> = { expected: 'there', test: (value): value is unknown => value !== undefined };

/** @param max characters, as Unicode and PostgreSQL count them */
export function text(max = Infinity): Check<string> {
  const limit = max === Infinity ? '' : ` of at most ${max} characters`;
  return {
    expected: `a text${limit} without U+0000 and halves of surrogate pairs`,
    test: (value): value is string =>
      typeof value === 'string' && (value.length <= max || Array.from(value).length <= max) && isStorableText(value),
  };
}

export function integer(min: number): Check<number> {
  return {
    expected: `a whole number from ${min} to ${MAX_INTEGER}`,
    test: (value): value is number => Number.isInteger(value) && Number(value) >= min && Number(value) <= MAX_INTEGER,
  };
}

export function oneOf<T extends string>(values: readonly T[]): Check<T> {
  return {
    expected: `one of ${values.join(', ')}`,
    test: (value): value is T => values.includes(value as T),
  };
}

export function nullable<T>({ expected, test }: Check<T>): Check<T | null> {
  return { expected: `${expected}, or null`, test: (value): value is T | null => value === null || test(value) };
}

export function listOf<T>({ expected, test }: Check<T>): Check<readonly T[]> {
  return {
    expected: `a list of which each is ${expected}`,
    test: (value): value is readonly T[] => Array.isArray(value) && value.every((item) => test(item)),
  };
}
