import { DomainError } from './domain-error';

/** One thing that is wrong with a request: where, as a JSON pointer (RFC 6901), and what was expected and came. */
export interface FieldError {
  in: 'body' | 'query' | 'path' | 'header';
  pointer: string;
  detail: string;
}

/** The refusal of a request that does not fit its contract. */
export function validationFailed(errors: readonly FieldError[]): DomainError {
  const first = errors[0]!;
  const place = first.pointer === '' ? `The ${first.in}` : `${first.in} ${first.pointer}`;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new DomainError('validation_failed', `${place} ${first.detail}${more}.`, { errors });
}

/** The pointer to a member of this name. */
export function pointerTo(name: string): string {
  return `/${name.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/**
 * The refusal of a part of a path.
 *
 * @param expected what it must be, as in "must be a UUID"
 */
export function unfitPath(pointer: string, expected: string, value: string): DomainError {
  const got = value.length > 60 ? `${value.length} characters` : JSON.stringify(value);
  return validationFailed([{ in: 'path', pointer, detail: `must be ${expected}; got ${got}` }]);
}
