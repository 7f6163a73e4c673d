import { ApiProperty } from '@nestjs/swagger';
import { OneOf, PageCursor, PageLimit, Text, VersionNumber } from '../http/validation/fields';
import { PROJECT_KEY } from '../access/project.dto';
import type { ReadyWorkflow } from '../workflows/ready-workflows';
import { PRIORITIES, type Priority, type Ticket } from './ticket.entity';

const TITLE = {
  max: 500,
  description: 'A one-line summary of the work.',
  example: 'Let people sign in with a passkey',
};
const DESCRIPTION = {
  min: 0,
  max: 100_000,
  optional: true,
  nullable: true,
  description: 'A longer description of the work. `null` if there is none.',
  example: 'Passwords stay possible for a year.',
};
const PRIORITY = { values: PRIORITIES, optional: true, description: 'The priority of the ticket.', example: 'HIGH' };

export class CreateTicketDto {
  @Text(TITLE)
  title: string;

  @Text({
    ...PROJECT_KEY,
    optional: true,
    description: 'The key of the project. Defaults to the project of the API key, or to `default`.',
  })
  project?: string;

  @Text(DESCRIPTION)
  description?: string | null;

  @OneOf({ ...PRIORITY, default: 'MEDIUM' })
  priority?: Priority;

  @Text({
    ...PROJECT_KEY,
    optional: true,
    default: 'sdlc',
    description: 'The key of the workflow that the ticket follows.',
  })
  workflow?: string;

  @VersionNumber({
    optional: true,
    description: 'The version of the workflow. Defaults to the latest version.',
  })
  workflow_version?: number;

  @Text({
    max: 50,
    optional: true,
    description:
      'The phase in which the ticket starts: one of the initial phases of the workflow (in `sdlc`, any phase except ' +
      'BLOCKED). Defaults to the first initial phase.',
  })
  phase_id?: string;
}

export class EditTicketDto {
  @Text({ ...TITLE, optional: true })
  title?: string;

  @Text(DESCRIPTION)
  description?: string | null;

  @OneOf(PRIORITY)
  priority?: Priority;
}

export const SORT_ORDERS = ['created_at', '-created_at', 'updated_at', '-updated_at'] as const;
export type SortOrder = (typeof SORT_ORDERS)[number];
export const ARCHIVED_FILTERS = ['false', 'true', 'all'] as const;
export type ArchivedFilter = (typeof ARCHIVED_FILTERS)[number];

export class ListTicketsDto {
  @Text({ ...PROJECT_KEY, optional: true, description: 'Returns only tickets of the project with this key.' })
  project?: string;

  @Text({ ...PROJECT_KEY, optional: true, description: 'Returns only tickets that follow the workflow with this key.' })
  workflow?: string;

  @Text({ max: 50, optional: true, description: 'Returns only tickets that are in this phase.' })
  phase?: string;

  @OneOf({ values: PRIORITIES, optional: true, description: 'Returns only tickets with this priority.' })
  priority?: Priority;

  @OneOf({
    values: ARCHIVED_FILTERS,
    optional: true,
    default: 'false',
    description: '`false` returns active tickets, `true` returns archived tickets, `all` returns both.',
  })
  archived?: ArchivedFilter;

  @OneOf({
    values: SORT_ORDERS,
    optional: true,
    default: '-created_at',
    description: 'The sort order. A leading `-` sorts in descending order.',
  })
  sort?: SortOrder;

  @PageLimit({ most: 200, usual: 50 })
  limit?: number;

  @PageCursor()
  cursor?: string;
}

const NULLABLE_TEXT = { type: String, nullable: true };
const TIME = { type: String, format: 'date-time' };

export class TicketDto {
  @ApiProperty({
    format: 'uuid',
    description: 'The unique identifier of the ticket.',
    example: '0192f0c4-7c1e-7d3a-8a4e-2f6f3c1b9a55',
  })
  id: string;

  @ApiProperty({ description: 'The key of the project.', example: 'default' })
  project: string;

  @ApiProperty({ description: 'The key of the workflow that the ticket follows.', example: 'sdlc' })
  workflow: string;

  @ApiProperty({ type: 'integer', description: 'The version of the workflow that the ticket follows.', example: 1 })
  workflow_version: number;

  @ApiProperty({ description: TITLE.description, example: TITLE.example })
  title: string;

  @ApiProperty({ ...NULLABLE_TEXT, description: 'A longer description of the work.', example: null })
  description: string | null;

  @ApiProperty({ enum: PRIORITIES, description: PRIORITY.description, example: 'HIGH' })
  priority: Priority;

  @ApiProperty({ description: 'The current phase of the ticket.', example: 'DESIGN' })
  phase_id: string;

  @ApiProperty({
    ...NULLABLE_TEXT,
    description: 'The previous phase. `null` before the first transition.',
    example: 'REQUIREMENTS',
  })
  previous_phase_id: string | null;

  @ApiProperty({
    ...TIME,
    description: 'When the ticket entered its current phase.',
    example: '2026-11-20T09:30:00.000Z',
  })
  phase_entered_at: Date;

  @ApiProperty({ type: 'integer', description: 'The number of transitions of the ticket.', example: 2 })
  transition_count: number;

  @ApiProperty({
    type: 'integer',
    description: 'The version of the ticket. Every change increments it by 1.',
    example: 3,
  })
  version: number;

  @ApiProperty({ ...TIME, description: 'When the ticket was created.', example: '2026-11-18T08:00:00.000Z' })
  created_at: Date;

  @ApiProperty({ ...TIME, description: 'When the ticket was last changed.', example: '2026-11-20T09:30:00.000Z' })
  updated_at: Date;

  @ApiProperty({
    ...TIME,
    nullable: true,
    description: 'When the ticket was archived. `null` if it is active.',
    example: null,
  })
  archived_at: Date | null;
}

/** @param project the key of the ticket's project */
export function toTicketDto(
  ticket: Ticket,
  project: string,
  { key, version }: Pick<ReadyWorkflow, 'key' | 'version'>,
): TicketDto {
  return {
    id: ticket.id,
    project,
    workflow: key,
    workflow_version: version,
    title: ticket.title,
    description: ticket.description,
    priority: ticket.priority,
    phase_id: ticket.phaseId,
    previous_phase_id: ticket.previousPhaseId,
    phase_entered_at: ticket.phaseEnteredAt,
    transition_count: ticket.transitionCount,
    version: ticket.version,
    created_at: ticket.createdAt,
    updated_at: ticket.updatedAt,
    archived_at: ticket.archivedAt,
  };
}
