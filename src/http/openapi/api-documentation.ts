import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { BLOCKER_CODES } from '../../machine/judge';
import { DomainError, PROBLEM_CODES, type ProblemCode } from '../../problems/domain-error';
import { API_PREFIX } from '../server/api-prefix';
import { problemOf } from '../problems/problem';
import { PROBLEMS, RETRY_AFTER } from '../problems/problem-status';

class FieldErrorDto {
  @ApiProperty({ enum: ['body', 'query', 'path', 'header'], description: 'The part of the request that is wrong.' })
  in: string;

  @ApiProperty({ description: 'Where in that part, as a JSON pointer (RFC 6901).', example: '/title' })
  pointer: string;

  @ApiProperty({
    description: 'What was expected and what came.',
    example: 'must be a text of 1 to 500 characters; got ""',
  })
  detail: string;
}

/** A closed edge's reason, in refusals as in `valid-transitions`. */
export class BlockerDto {
  @ApiProperty({ description: 'Why this edge is closed to this ticket now.', enum: BLOCKER_CODES })
  code: string;

  @ApiProperty({
    description: 'The same for people.',
    example: 'The ticket came to BLOCKED from DESIGN and may resume only there or earlier, not in TESTING.',
  })
  message: string;
}

/** Where a ticket stands that is not what its caller took it for. */
class CurrentDto {
  @ApiProperty({ description: 'The phase that it is in.', example: 'DESIGN' })
  phase: string;

  @ApiProperty({ type: 'integer', description: 'Its version.', example: 4 })
  version: number;
}

/** The schema of every problem document: the members of RFC 9457, `code`, and what the codes carry. */
export class ProblemDto {
  @ApiProperty({ format: 'uri', description: 'The code as a URI.', example: 'urn:phaseline:problem:ticket_not_found' })
  type: string;

  @ApiProperty({ description: 'The code for people; the same every time.', example: 'No such ticket' })
  title: string;

  @ApiProperty({ type: 'integer', description: 'The HTTP status.', example: 404 })
  status: number;

  @ApiProperty({ description: 'What happened this time, for people.' })
  detail: string;

  @ApiProperty({ description: 'The path that was asked for.' })
  instance: string;

  @ApiProperty({ enum: PROBLEM_CODES, description: 'What happened, for programs. Codes are never renamed.' })
  code: ProblemCode;

  @ApiProperty({ type: [FieldErrorDto], required: false, description: 'With `validation_failed`.' })
  errors?: FieldErrorDto[];

  @ApiProperty({ required: false, description: 'With `illegal_transition` and `guard_failed`: where the ticket is.' })
  from_phase?: string;

  @ApiProperty({
    required: false,
    description: 'With `illegal_transition` and `guard_failed`: where it was asked to go.',
  })
  to_phase?: string;

  @ApiProperty({ required: false, type: [String], description: 'With `illegal_transition`: where it may go now.' })
  valid_transitions?: string[];

  @ApiProperty({
    type: [BlockerDto],
    required: false,
    description:
      'With `illegal_transition`: why a known edge is closed. With `guard_failed`: everything that is lacking.',
  })
  blockers?: BlockerDto[];

  @ApiProperty({
    required: false,
    type: [String],
    description: 'With `illegal_transition`: the fewest legal moves that lead there, where there is a way.',
  })
  shortest_path?: string[];

  @ApiProperty({ required: false, description: 'With `ticket_archived`: since when.', format: 'date-time' })
  archived_at?: string;

  @ApiProperty({
    required: false,
    format: 'uuid',
    description: 'With `outcome_unknown`: the id of the history row that is there if the move was made.',
  })
  transition_id?: string;

  @ApiProperty({
    required: false,
    type: 'array',
    description: 'With `bulk_refused`: which moves, by their place in the request, and why.',
    items: {
      type: 'object',
      required: ['item', 'ticket_id', 'problem'],
      properties: {
        item: { type: 'integer', description: 'From 0.' },
        ticket_id: { type: 'string', format: 'uuid', description: 'The ticket.' },
        problem: { $ref: '#/components/schemas/ProblemDto', description: 'What it would be answered on its own.' },
      },
    },
  })
  refused?: object[];

  @ApiProperty({
    required: false,
    type: CurrentDto,
    description: 'With `precondition_failed` and `version_conflict`: what the ticket is now.',
  })
  current?: CurrentDto;

  @ApiProperty({
    required: false,
    type: CurrentDto,
    description:
      'In an atomic bulk that was refused, for a move behind others of the same ticket: what the ticket would have been ' +
      'after those. The move was judged by this, and so are `from_phase` and `valid_transitions`.',
  })
  judged_at?: CurrentDto;

  @ApiProperty({
    required: false,
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description:
      'With `precondition_failed` and `version_conflict`: the events of the ticket after the version that the caller ' +
      'knows, oldest first, each move with its `from_phase`, `to_phase`, `transition_reason` and `transitioned_by`. Texts of more ' +
      'than 1,000 characters are cut, and end in `…`.',
  })
  changes_since?: object[];

  @ApiProperty({
    required: false,
    enum: [true],
    description:
      'With `changes_since` where it lists only the newest events: no more than a hundred, and 64 KiB of them, 1 MiB in all ' +
      'refusals of a bulk. `GET /tickets/{id}/events` has them all.',
  })
  changes_omitted?: true;

  @ApiProperty({
    required: false,
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description:
      'With `workflow_invalid`: everything that is wrong with it, as `POST /workflows/lint` tells it; of a migration, the ' +
      'phases without a place (`no_place`).',
  })
  findings?: object[];

  @ApiProperty({
    required: false,
    format: 'uuid',
    description: 'With `already_exists`, where a migration was asked for: the one that is under way.',
  })
  migration_id?: string;

  @ApiProperty({ required: false, description: 'With `internal_error`: what the log has this failure under.' })
  error_id?: string;
}

/** Schemas that no controller names by itself. */
export const PROBLEM_MODELS = [ProblemDto, FieldErrorDto, BlockerDto, CurrentDto];

/** What every operation may answer, whatever it is about. */
const EVERYWHERE: readonly ProblemCode[] = ['validation_failed', 'uri_too_long', 'internal_error', 'busy'];

/** What is answered instead of any operation. */
const ELSEWHERE: readonly ProblemCode[] = [
  'route_not_found',
  'method_not_allowed',
  'request_timeout',
  'headers_too_large',
];

/** What an operation that a body may be sent to may answer besides. */
export const BODY_PROBLEMS: readonly ProblemCode[] = ['malformed_json', 'payload_too_large', 'unsupported_media_type'];

/** Documents the problems of an operation: one response a status, with its codes, an example of each, and its headers. */
export function ApiProblems(...codes: readonly ProblemCode[]): MethodDecorator & ClassDecorator {
  return ApiFurtherProblems(...codes, ...EVERYWHERE, 'too_many_requests');
}

/** The same for an operation that the rate limit does not apply to. */
export function ApiUnlimitedProblems(...codes: readonly ProblemCode[]): MethodDecorator & ClassDecorator {
  return ApiFurtherProblems(...codes, ...EVERYWHERE);
}

/** Documents problems under statuses that nothing else of the operation has: of two that share one, only the last is kept. */
export function ApiFurtherProblems(...codes: readonly ProblemCode[]): MethodDecorator & ClassDecorator {
  const all = [...new Set(codes)];
  const statuses = new Set(all.map((code) => PROBLEMS[code].status));
  const responses = Array.from(statuses, (status) =>
    responseOf(
      status,
      all.filter((code) => PROBLEMS[code].status === status),
    ),
  );
  return applyDecorators(...responses.map((response) => ApiResponse(response)));
}

/** The problems of requests that reach no operation: the `default` response of all of them. */
export function problemsElsewhere() {
  const { description, content } = contentOf(ELSEWHERE);
  return { description: `The request did not reach the operation. ${description}`, content };
}

const RETRY_HEADER = {
  'Retry-After': { description: 'Seconds to wait before asking again.', schema: { type: 'integer' } },
} as const;

const CHALLENGE_HEADER = {
  'WWW-Authenticate': { description: 'How to say who asks: `Bearer` (RFC 6750).', schema: { type: 'string' } },
} as const;

function responseOf(status: number, codes: readonly ProblemCode[]) {
  const headers = {
    ...(codes.some((code) => RETRY_AFTER[code] !== undefined) ? RETRY_HEADER : {}),
    ...(codes.includes('unauthenticated') ? CHALLENGE_HEADER : {}),
  };
  return { status, ...contentOf(codes), ...(Object.keys(headers).length > 0 ? { headers } : {}) };
}

function contentOf(codes: readonly ProblemCode[]) {
  const schema = {
    allOf: [{ $ref: getSchemaPath(ProblemDto) }, { properties: { code: { type: 'string', enum: [...codes] } } }],
  };
  const examples = Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }]));
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
    content: { 'application/problem+json': { schema, examples } },
  } as const;
}

function exampleOf(code: ProblemCode) {
  const [detail, facts] = EXAMPLES[code] ?? [`${PROBLEMS[code].title}.`, {}];
  return problemOf(new DomainError(code, detail, facts), `${API_PREFIX}/tickets/0192f0c4-7c1e-7d3a-8a4e-2f6f3c1b9a55`);
}

const EXAMPLES: Partial<Record<ProblemCode, readonly [detail: string, facts: Record<string, unknown>]>> = {
  validation_failed: [
    'body /title must be a text of 1 to 500 characters; got "".',
    { errors: [{ in: 'body', pointer: '/title', detail: 'must be a text of 1 to 500 characters; got ""' }] },
  ],
  illegal_transition: [
    'The ticket is in DESIGN and cannot move to DONE. From here it may go to IMPLEMENTATION or BLOCKED. ' +
      'The shortest way to DONE is IMPLEMENTATION → TESTING → DEPLOYMENT → DONE.',
    {
      from_phase: 'DESIGN',
      to_phase: 'DONE',
      valid_transitions: ['IMPLEMENTATION', 'BLOCKED'],
      blockers: [],
      shortest_path: ['IMPLEMENTATION', 'TESTING', 'DEPLOYMENT', 'DONE'],
    },
  ],
  guard_failed: [
    'The move from DESIGN to IMPLEMENTATION lacks something. This move needs a reason: send `reason`.',
    {
      from_phase: 'DESIGN',
      to_phase: 'IMPLEMENTATION',
      blockers: [{ code: 'reason_required', message: 'This move needs a reason: send `reason`.' }],
    },
  ],
  ticket_archived: ['The ticket is archived; restore it first.', { archived_at: '2026-11-20T09:30:00.000Z' }],
  internal_error: [
    'Something broke on our side. The log has more under this error_id.',
    { error_id: '5b0e3c3e-8d0b-4f0a-9f57-0a4f6c6f5d11' },
  ],
};

/** Headers that answers of several routes carry, for their documentation. */
export const LINK_HEADER = {
  Link: {
    description: 'The next page, as `<url>; rel="next"` (RFC 8288). Absent on the last one.',
    schema: { type: 'string' },
  },
} as const;

export const ETAG_HEADER = {
  ETag: { description: "The ticket's version, in quotes.", schema: { type: 'string' }, example: '"3"' },
} as const;

/** What a command with an Idempotency-Key may answer besides. */
export const IDEMPOTENCY_PROBLEMS: readonly ProblemCode[] = ['idempotency_key_in_use', 'idempotency_key_reused'];

export const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  description:
    'Makes it safe to send the request again: within 24 hours the same key, method, path and body are answered with the ' +
    'same bytes, with `Idempotent-Replayed: true`, and nothing is done twice.',
  required: false,
  schema: { type: 'string', minLength: 1, maxLength: 255 },
  example: '8e03978e-40d5-43dd-bc93-6894a57f9324',
} as const;

export const IF_MATCH = {
  name: 'If-Match',
  description: 'The version that the ticket must have, as in its `ETag`, or `*`.',
  required: false,
  schema: { type: 'string' },
  example: '"3"',
} as const;

export const IF_NONE_MATCH = {
  name: 'If-None-Match',
  description: 'The version that is known already, as in its `ETag`.',
  required: false,
  schema: { type: 'string' },
  example: '"3"',
} as const;

export const TICKET_ID = {
  name: 'id',
  description: 'The id of the ticket.',
  schema: { type: 'string', format: 'uuid' },
  example: '0192f0c4-7c1e-7d3a-8a4e-2f6f3c1b9a55',
} as const;
