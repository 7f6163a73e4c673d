import { HttpException } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { isUnavailable, reasonOfUnavailability } from '../../database/database-errors';
import { DomainError, type ProblemCode } from '../../problems/domain-error';
import { PROBLEMS } from './problem-status';

/** A problem document (RFC 9457): the standard members, and the facts of its code. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: ProblemCode;
  [fact: string]: unknown;
}

/** Maps error codes of Fastify to problem codes. */
const FRAMEWORK_CODES: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_json',
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_BAD_URL: 'validation_failed',
  FST_ERR_MAX_PARAM_LENGTH: 'uri_too_long',
};

const FRAMEWORK_DETAILS: Partial<Record<ProblemCode, string>> = {
  malformed_json: 'The body does not have the length that Content-Length declares.',
  payload_too_large: 'The body is larger than this route accepts.',
  unsupported_media_type: 'Send the body as JSON, with Content-Type: application/json.',
  uri_too_long: 'The URL is longer than this server accepts.',
  route_not_found: 'The route does not exist. See /docs for all routes.',
};

/** Converts any error to the error that the client receives. Details of unexpected errors are not exposed. */
export function toDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (cause instanceof DomainError) return cause;
  const code = frameworkCode(cause) ?? codeOfStatus(statusOf(error) ?? statusOf(cause));
  if (code === 'validation_failed') return invalidRequest((error as Error).message);
  if (code !== undefined) return new DomainError(code, FRAMEWORK_DETAILS[code] ?? (error as Error).message);
  if (isUnavailable(error)) {
    return new DomainError('busy', `${reasonOfUnavailability(error)} Nothing was changed.`, {}, { cause });
  }
  return new DomainError(
    'internal_error',
    'An unexpected error occurred. The server log has details under this error_id.',
    { error_id: randomUUID() },
    { cause: error },
  );
}

/**
 * Returns the problem document of an error.
 *
 * @param instance the path of the request
 */
export function problemOf(error: DomainError, instance: string): Problem {
  const { status, title } = PROBLEMS[error.code];
  const type = `urn:phaseline:problem:${error.code}`;
  return { type, title, status, detail: error.message, instance, code: error.code, ...error.facts };
}

/** Converts the error of a request that Fastify could not parse. */
function invalidRequest(message: string): DomainError {
  const errors = [{ in: 'path', pointer: '', detail: message }];
  return new DomainError('validation_failed', `The request cannot be parsed: ${message}.`, { errors });
}

function frameworkCode(cause: unknown): ProblemCode | undefined {
  const code = (cause as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? FRAMEWORK_CODES[code] : undefined;
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : undefined;
}

function codeOfStatus(status: number | undefined): ProblemCode | undefined {
  if (status === undefined || status < 400 || status >= 500) return undefined;
  // The static files of Swagger UI return 403 for a path outside of their directory.
  if (status === 404 || status === 403) return 'route_not_found';
  return (
    (Object.keys(PROBLEMS) as ProblemCode[]).find((code) => PROBLEMS[code].status === status) ?? 'validation_failed'
  );
}
