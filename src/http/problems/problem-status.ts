import type { ProblemCode } from '../../problems/domain-error';

/** Maps every code to its HTTP status and title. Tests compare the documentation and the OpenAPI document with it. */
export const PROBLEMS: Readonly<Record<ProblemCode, { readonly status: number; readonly title: string }>> = {
  validation_failed: { status: 400, title: 'Invalid request' },
  malformed_json: { status: 400, title: 'Malformed JSON body' },
  illegal_transition: { status: 400, title: 'Transition not allowed' },
  use_transition_endpoint: { status: 400, title: 'Phase changes require a transition' },
  workflow_invalid: { status: 400, title: 'Invalid workflow' },
  unauthenticated: { status: 401, title: 'Authentication required' },
  forbidden: { status: 403, title: 'Insufficient permissions' },
  ticket_not_found: { status: 404, title: 'Ticket not found' },
  project_not_found: { status: 404, title: 'Project not found' },
  api_key_not_found: { status: 404, title: 'API key not found' },
  workflow_not_found: { status: 404, title: 'Workflow not found' },
  migration_not_found: { status: 404, title: 'Migration not found' },
  route_not_found: { status: 404, title: 'Route not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  request_timeout: { status: 408, title: 'Request timeout' },
  ticket_archived: { status: 409, title: 'Ticket archived' },
  api_key_inactive: { status: 409, title: 'API key inactive' },
  already_exists: { status: 409, title: 'Resource already exists' },
  limit_reached: { status: 409, title: 'Limit reached' },
  workflow_unusable: { status: 409, title: 'Workflow version not usable' },
  version_conflict: { status: 409, title: 'Version conflict' },
  idempotency_key_in_use: { status: 409, title: 'Idempotency key in use' },
  precondition_failed: { status: 412, title: 'Precondition failed' },
  payload_too_large: { status: 413, title: 'Request body too large' },
  uri_too_long: { status: 414, title: 'URL too long' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type' },
  guard_failed: { status: 422, title: 'Transition requirements not met' },
  bulk_refused: { status: 422, title: 'Bulk request rejected' },
  diagram_too_large: { status: 422, title: 'Diagram too large for SVG' },
  idempotency_key_reused: { status: 422, title: 'Idempotency key reused' },
  too_many_requests: { status: 429, title: 'Rate limit exceeded' },
  headers_too_large: { status: 431, title: 'Request headers too large' },
  internal_error: { status: 500, title: 'Internal server error' },
  busy: { status: 503, title: 'Service temporarily unavailable' },
  outcome_unknown: { status: 503, title: 'Outcome unknown' },
};

/** Seconds until a client should retry, sent as `Retry-After`. */
export const RETRY_AFTER: Partial<Record<ProblemCode, number>> = {
  idempotency_key_in_use: 1,
  too_many_requests: 1,
  busy: 1,
  outcome_unknown: 1,
};
