import { HttpException } from '@nestjs/common';
import * as fc from 'fast-check';
import { DomainError, PROBLEM_CODES } from '../../problems/domain-error';
import { problemOf, toDomainError } from './problem';
import { PROBLEMS } from './problem-status';

const frameworkError = (code: string, statusCode: number): Error =>
  Object.assign(new Error('said by the framework'), { code, statusCode });

describe('toDomainError', () => {
  it('returns a domain error unchanged, also when it is wrapped', () => {
    const error = new DomainError('ticket_not_found', 'No.');
    expect(toDomainError(error)).toBe(error);
    expect(toDomainError(new Error('outer', { cause: error }))).toBe(error);
  });

  it.each([
    ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 400, 'malformed_json'],
    ['FST_ERR_CTP_BODY_TOO_LARGE', 413, 'payload_too_large'],
    ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 415, 'unsupported_media_type'],
    ['FST_ERR_BAD_URL', 400, 'validation_failed'],
    ['FST_ERR_MAX_PARAM_LENGTH', 414, 'uri_too_long'],
    ['SOMETHING', 403, 'route_not_found'],
    ['SOMETHING', 404, 'route_not_found'],
    ['SOMETHING', 405, 'method_not_allowed'],
    ['SOMETHING', 406, 'validation_failed'],
    ['SOMETHING', 416, 'validation_failed'],
    ['SOMETHING', 418, 'validation_failed'],
    ['SOMETHING', 304, 'internal_error'],
    ['SOMETHING', 500, 'internal_error'],
    ['SOMETHING', 503, 'internal_error'],
  ])('maps %s with status %i to %s', (code, status, expected) => {
    expect(toDomainError(frameworkError(code, status)).code).toBe(expected);
    const wrapped = new HttpException('wrapped', status, { cause: frameworkError(code, status) });
    expect(toDomainError(wrapped).code).toBe(expected);
  });

  it.each(['ECONNREFUSED', '57P01', '53300', '40P01', '08006'])('maps the database error %s to busy', (code) => {
    const error = toDomainError(Object.assign(new Error('secret'), { code }));
    expect(error.code).toBe('busy');
    expect(error.message).not.toContain('secret');
  });

  it('explains a request that cannot be parsed', () => {
    expect(toDomainError(frameworkError('FST_ERR_BAD_URL', 400)).facts).toEqual({
      errors: [{ in: 'path', pointer: '', detail: 'said by the framework' }],
    });
  });

  it('does not expose the cause of an unexpected error, but keeps it for the log', () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        const error = toDomainError(thrown);
        expect(Object.keys(PROBLEMS)).toContain(error.code);
        if (error.code !== 'internal_error') return;
        expect(error.message).toBe('An unexpected error occurred. The server log has details under this error_id.');
        expect(Object.keys(error.facts)).toEqual(['error_id']);
        expect(error.cause).toBe(thrown);
      }),
    );
    const secret = new TypeError('SELECT password FROM users');
    expect(JSON.stringify(problemOf(toDomainError(secret), '/x'))).not.toMatch(/password|TypeError|at /);
  });
});

describe('a problem document', () => {
  it.each(PROBLEM_CODES)('of %s has the members of RFC 9457, the code and its facts', (code) => {
    const problem = problemOf(new DomainError(code, 'What happened.', { fact: 1 }), '/somewhere');
    expect(problem).toEqual({
      type: `urn:phaseline:problem:${code}`,
      title: PROBLEMS[code].title,
      status: PROBLEMS[code].status,
      detail: 'What happened.',
      instance: '/somewhere',
      code,
      fact: 1,
    });
  });
});
