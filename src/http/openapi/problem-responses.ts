import { applyDecorators } from '@nestjs/common';
import { ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { DomainError, type ProblemCode } from '../../problems/domain-error';
import { problemOf } from '../problems/problem';
import { PROBLEMS, RETRY_AFTER } from '../problems/problem-status';
import { API_PREFIX } from '../server/api-prefix';
import { ProblemDto } from './problem.dto';

/** Problems of requests that match no operation. */
const ELSEWHERE: readonly ProblemCode[] = [
  'route_not_found',
  'method_not_allowed',
  'request_timeout',
  'headers_too_large',
];

/** Documents the problems of an operation: one response per status, with an example of every code. */
export function ApiProblems(...codes: readonly ProblemCode[]): MethodDecorator {
  const statuses = new Set(codes.map((code) => PROBLEMS[code].status));
  const responses = Array.from(statuses, (status) =>
    responseOf(
      status,
      codes.filter((code) => PROBLEMS[code].status === status),
    ),
  );
  return applyDecorators(...responses.map((response) => ApiResponse(response)));
}

/** Returns the `default` response of all operations. */
export function problemsElsewhere() {
  const { description, content } = contentOf(ELSEWHERE);
  return { description: `The request does not match an operation. ${description}`, content };
}

const RETRY_HEADER = {
  'Retry-After': { description: 'Seconds to wait before retrying.', schema: { type: 'integer' } },
} as const;

const CHALLENGE_HEADER = {
  'WWW-Authenticate': { description: 'The authentication scheme: `Bearer` (RFC 6750).', schema: { type: 'string' } },
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
    'The ticket is in DESIGN and cannot move to DONE. Allowed transitions: IMPLEMENTATION or BLOCKED. ' +
      'The shortest path to DONE is IMPLEMENTATION → TESTING → DEPLOYMENT → DONE.',
    {
      from_phase: 'DESIGN',
      to_phase: 'DONE',
      valid_transitions: ['IMPLEMENTATION', 'BLOCKED'],
      blockers: [],
      shortest_path: ['IMPLEMENTATION', 'TESTING', 'DEPLOYMENT', 'DONE'],
    },
  ],
  guard_failed: [
    'The transition from DESIGN to IMPLEMENTATION requires a reason. Send `reason`.',
    {
      from_phase: 'DESIGN',
      to_phase: 'IMPLEMENTATION',
      blockers: [{ code: 'reason_required', message: 'This transition requires a reason. Send `reason`.' }],
    },
  ],
  ticket_archived: ['The ticket is archived. Restore it first.', { archived_at: '2026-11-20T09:30:00.000Z' }],
  internal_error: [
    'An unexpected error occurred. The server log has details under this error_id.',
    { error_id: '5b0e3c3e-8d0b-4f0a-9f57-0a4f6c6f5d11' },
  ],
};
