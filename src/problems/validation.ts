import { DomainError } from './domain-error';

/** An invalid part of a request: its JSON pointer (RFC 6901), and a text such as "must be an integer; got x". */
export interface FieldError {
  in: 'body' | 'query' | 'path' | 'header';
  pointer: string;
  detail: string;
}

/** Returns the error of a request with invalid parts. */
export function validationFailed(errors: readonly FieldError[]): DomainError {
  const first = errors[0]!;
  const place = first.pointer === '' ? `The ${first.in}` : `${first.in} ${first.pointer}`;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new DomainError('validation_failed', `${place} ${first.detail}${more}.`, { errors });
}

/** Returns the JSON pointer to a member of this name. */
export function pointerTo(name: string): string {
  return `/${name.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/**
 * Returns the error of an invalid path parameter.
 *
 * @param expected the noun after "must be", as in "a UUID"
 */
export function unfitPath(pointer: string, expected: string, value: string): DomainError {
  const got = value.length > 60 ? `${value.length} characters` : JSON.stringify(value);
  return validationFailed([{ in: 'path', pointer, detail: `must be ${expected}; got ${got}` }]);
}
