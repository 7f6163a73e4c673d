/** The code of every error. Codes are part of the API and are never renamed. */
export const PROBLEM_CODES = [
  'validation_failed',
  'malformed_json',
  'illegal_transition',
  'use_transition_endpoint',
  'workflow_invalid',
  'unauthenticated',
  'forbidden',
  'ticket_not_found',
  'project_not_found',
  'api_key_not_found',
  'workflow_not_found',
  'migration_not_found',
  'route_not_found',
  'method_not_allowed',
  'request_timeout',
  'ticket_archived',
  'api_key_inactive',
  'already_exists',
  'limit_reached',
  'workflow_unusable',
  'version_conflict',
  'idempotency_key_in_use',
  'precondition_failed',
  'payload_too_large',
  'uri_too_long',
  'unsupported_media_type',
  'headers_too_large',
  'guard_failed',
  'bulk_refused',
  'diagram_too_large',
  'idempotency_key_reused',
  'too_many_requests',
  'internal_error',
  'busy',
  'outcome_unknown',
] as const;

export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** An error with a stable code, a sentence for people and facts for programs. Independent of HTTP. */
export class DomainError extends Error {
  /**
   * @param code the stable code
   * @param detail one or two sentences: what happened, and what to do
   * @param facts further members of the response, by their names in the API
   */
  constructor(
    readonly code: ProblemCode,
    detail: string,
    readonly facts: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(detail, options);
    this.name = 'DomainError';
  }
}
