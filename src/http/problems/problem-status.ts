import type { ProblemCode } from '../../problems/domain-error';

/** The one table from a code to its HTTP status and its title. The README and the OpenAPI document are held against it. */
export const PROBLEMS: Readonly<Record<ProblemCode, { readonly status: number; readonly title: string }>> = {
  validation_failed: { status: 400, title: 'The request does not fit the contract' },
  malformed_json: { status: 400, title: 'The body is not JSON' },
  illegal_transition: { status: 400, title: 'The ticket cannot make this move' },
  use_transition_endpoint: { status: 400, title: 'A phase changes only through a transition' },
  workflow_invalid: { status: 400, title: 'The workflow cannot work' },
  unauthenticated: { status: 401, title: 'Who asks is not known' },
  forbidden: { status: 403, title: 'Who asks may not do this' },
  ticket_not_found: { status: 404, title: 'No such ticket' },
  project_not_found: { status: 404, title: 'No such project' },
  api_key_not_found: { status: 404, title: 'No such API key' },
  workflow_not_found: { status: 404, title: 'No such workflow' },
  migration_not_found: { status: 404, title: 'No such migration' },
  route_not_found: { status: 404, title: 'No such route' },
  method_not_allowed: { status: 405, title: 'The route does not know this method' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  ticket_archived: { status: 409, title: 'The ticket is archived' },
  already_exists: { status: 409, title: 'It exists already' },
  version_conflict: { status: 409, title: 'The ticket has changed meanwhile' },
  idempotency_key_in_use: { status: 409, title: 'A request with this key is still running' },
  precondition_failed: { status: 412, title: 'The ticket is not the version that was expected' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  uri_too_long: { status: 414, title: 'The URL is too long' },
  unsupported_media_type: { status: 415, title: 'The body is not declared as JSON' },
  guard_failed: { status: 422, title: 'The move lacks something that it requires' },
  bulk_refused: { status: 422, title: 'Some of these moves cannot be made, so none was' },
  diagram_too_large: { status: 422, title: 'Diagram too large for SVG' },
  idempotency_key_reused: { status: 422, title: 'The key belongs to another request' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal_error: { status: 500, title: 'Something broke on our side' },
  busy: { status: 503, title: 'Not now' },
  outcome_unknown: { status: 503, title: 'It is not known whether this happened' },
};

/** Seconds after which it makes sense to ask again; sent as `Retry-After`. */
export const RETRY_AFTER: Partial<Record<ProblemCode, number>> = {
  idempotency_key_in_use: 1,
  too_many_requests: 1,
  busy: 1,
  outcome_unknown: 1,
};
