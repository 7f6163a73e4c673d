import { ApiProperty } from '@nestjs/swagger';
import { BLOCKER_CODES } from '../../machine/judge';
import { PROBLEM_CODES, type ProblemCode } from '../../problems/domain-error';

class FieldErrorDto {
  @ApiProperty({ enum: ['body', 'query', 'path', 'header'], description: 'The part of the request that is invalid.' })
  in: string;

  @ApiProperty({ description: 'The location in that part, as a JSON pointer (RFC 6901).', example: '/title' })
  pointer: string;

  @ApiProperty({
    description: 'The expected and the received value.',
    example: 'must be a text of 1 to 500 characters; got ""',
  })
  detail: string;
}

/** A reason why a transition is not allowed, in problems and in `valid-transitions`. */
export class BlockerDto {
  @ApiProperty({ description: 'Why the transition is not allowed for this ticket now.', enum: BLOCKER_CODES })
  code: string;

  @ApiProperty({
    description: 'A description of the reason.',
    example:
      'The ticket entered BLOCKED from DESIGN and can resume only in that phase or an earlier one, not in TESTING.',
  })
  message: string;
}

class TicketStateDto {
  @ApiProperty({ description: 'The phase of the ticket.', example: 'DESIGN' })
  phase: string;

  @ApiProperty({ type: 'integer', description: 'The version of the ticket.', example: 4 })
  version: number;
}

/** The schema of every problem document: the members of RFC 9457, `code`, and the members of single codes. */
export class ProblemDto {
  @ApiProperty({ format: 'uri', description: 'The code as a URI.', example: 'urn:phaseline:problem:ticket_not_found' })
  type: string;

  @ApiProperty({ description: 'The title of the code.', example: 'Ticket not found' })
  title: string;

  @ApiProperty({ type: 'integer', description: 'The HTTP status.', example: 404 })
  status: number;

  @ApiProperty({ description: 'A description of this occurrence and its remedy.' })
  detail: string;

  @ApiProperty({ description: 'The path of the request.' })
  instance: string;

  @ApiProperty({ enum: PROBLEM_CODES, description: 'The stable code of the problem.' })
  code: ProblemCode;

  @ApiProperty({
    type: [FieldErrorDto],
    required: false,
    description: 'The invalid parts of the request. Present with `validation_failed`.',
  })
  errors?: FieldErrorDto[];

  @ApiProperty({
    required: false,
    description: 'The current phase. Present with `illegal_transition` and `guard_failed`.',
  })
  from_phase?: string;

  @ApiProperty({
    required: false,
    description: 'The requested phase. Present with `illegal_transition` and `guard_failed`.',
  })
  to_phase?: string;

  @ApiProperty({
    required: false,
    type: [String],
    description: 'The phases that the ticket can move to now. Present with `illegal_transition`.',
  })
  valid_transitions?: string[];

  @ApiProperty({
    type: [BlockerDto],
    required: false,
    description:
      'With `illegal_transition`: why the transition is not allowed now. With `guard_failed`: the unmet requirements.',
  })
  blockers?: BlockerDto[];

  @ApiProperty({
    required: false,
    type: [String],
    description:
      'The shortest sequence of allowed transitions to the requested phase. Present with `illegal_transition`, if there is ' +
      'one and the workflow is small enough to search for it: up to 1,000 states and 20,000 transitions are examined.',
  })
  shortest_path?: string[];

  @ApiProperty({
    required: false,
    description: 'When the ticket was archived. Present with `ticket_archived`.',
    format: 'date-time',
  })
  archived_at?: string;

  @ApiProperty({
    required: false,
    format: 'uuid',
    description:
      'The id of the history row that exists if the transition was committed. Present with `outcome_unknown`.',
  })
  transition_id?: string;

  @ApiProperty({
    required: false,
    type: 'array',
    description: 'The rejected transitions. Present with `bulk_refused`.',
    items: {
      type: 'object',
      required: ['item', 'ticket_id', 'problem'],
      properties: {
        item: { type: 'integer', description: 'The index of the transition in the request, starting with 0.' },
        ticket_id: { type: 'string', format: 'uuid', description: 'The id of the ticket.' },
        problem: { $ref: '#/components/schemas/ProblemDto', description: 'The problem of this transition.' },
      },
    },
  })
  refused?: object[];

  @ApiProperty({
    required: false,
    type: TicketStateDto,
    description:
      'The current state of the ticket. Present with `precondition_failed` and `version_conflict`, and with ' +
      '`explanation_omitted`.',
  })
  current?: TicketStateDto;

  @ApiProperty({
    required: false,
    type: TicketStateDto,
    description:
      'The state of the ticket after earlier transitions of the same request, on which `from_phase` and ' +
      '`valid_transitions` are based. Present in a rejected atomic bulk.',
  })
  judged_at?: TicketStateDto;

  @ApiProperty({
    required: false,
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description:
      'With `precondition_failed` and `version_conflict`: the events of the ticket after the version that the caller ' +
      'knows, oldest first, in the format of `GET /tickets/{id}/events`.',
  })
  changes_since?: object[];

  @ApiProperty({
    required: false,
    enum: [true],
    description:
      'Present when `changes_since` contains only the latest events: at most 100 and at most 64 KiB, 1 MiB in all ' +
      'problems of a bulk. `GET /tickets/{id}/events` returns all events.',
  })
  changes_omitted?: true;

  @ApiProperty({
    required: false,
    enum: [true],
    description:
      'Present when the response has no room for the explanation: the problems of a bulk share 1 MiB. The code, the phases ' +
      'and the version are complete. `GET /tickets/{id}/valid-transitions` and `GET /tickets/{id}/events` return the rest.',
  })
  explanation_omitted?: true;

  @ApiProperty({
    required: false,
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description:
      'The findings, as returned by `POST /workflows/lint` (1,000 at most); for a migration, the unmapped phases (`no_place`). Present with ' +
      '`workflow_invalid`.',
  })
  findings?: object[];

  @ApiProperty({
    required: false,
    format: 'uuid',
    description: 'The id of the running migration. Present with `already_exists` when a migration was requested.',
  })
  migration_id?: string;

  @ApiProperty({
    required: false,
    description: 'The id of the failure in the server log. Present with `internal_error`.',
  })
  error_id?: string;
}

/** Schemas that no controller refers to. */
export const PROBLEM_MODELS = [ProblemDto, FieldErrorDto, BlockerDto, TicketStateDto];
