import { ApiProperty } from '@nestjs/swagger';
import { BLOCKER_CODES } from '../../machine/judge';
import { PROBLEM_CODES, type ProblemCode } from '../../problems/domain-error';

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
    example:
      'The ticket entered BLOCKED from DESIGN and can resume only in that phase or an earlier one, not in TESTING.',
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
      'knows, oldest first, in the format of `GET /tickets/{id}/events`.',
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
