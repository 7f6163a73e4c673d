import { ApiProperty } from '@nestjs/swagger';
import { OneOf, PageCursor, PageLimit, Text, VersionNumber } from '../http/validation/fields';
import { PROJECT_KEY } from '../access/project.dto';
import { PRIORITIES, type Priority } from './ticket.entity';

const TITLE = { max: 500, description: 'What is to be done, in a line.', example: 'Let people sign in with a passkey' };
const DESCRIPTION = {
  min: 0,
  max: 100_000,
  optional: true,
  nullable: true,
  description: 'Everything else there is to say. null: nothing.',
  example: 'Passwords stay possible for a year.',
};
const PRIORITY = { values: PRIORITIES, optional: true, description: 'How much it matters.', example: 'HIGH' };

export class CreateTicketDto {
  @Text(TITLE)
  title: string;

  @Text({
    ...PROJECT_KEY,
    optional: true,
    description: 'The key of the project. Where it is left out, the one that the API key is bound to, or `default`.',
    example: 'default',
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
    description: 'The key of the workflow that the ticket moves under.',
    example: 'sdlc',
  })
  workflow?: string;

  @VersionNumber({
    optional: true,
    description: 'Which version of the workflow; the newest one where it is left out.',
    example: 1,
  })
  workflow_version?: number;

  @Text({
    max: 50,
    optional: true,
    description:
      'Where the ticket begins: one of the initial phases of the workflow, of `sdlc` any but BLOCKED. The first of them ' +
      'where it is left out.',
    example: 'BACKLOG',
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
  @Text({ ...PROJECT_KEY, optional: true, description: 'Only tickets of the project with this key.' })
  project?: string;

  @Text({ ...PROJECT_KEY, optional: true, description: 'Only tickets that move under the workflow with this key.' })
  workflow?: string;

  @Text({ max: 50, optional: true, description: 'Only tickets that are in this phase now.' })
  phase?: string;

  @OneOf({ values: PRIORITIES, optional: true, description: 'Only tickets of this priority.' })
  priority?: Priority;

  @OneOf({
    values: ARCHIVED_FILTERS,
    optional: true,
    default: 'false',
    description: 'Only tickets that are not archived, only archived ones, or all.',
  })
  archived?: ArchivedFilter;

  @OneOf({
    values: SORT_ORDERS,
    optional: true,
    default: '-created_at',
    description: 'The order; `-` puts the newest first.',
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
  @ApiProperty({ format: 'uuid', description: 'Never changes.', example: '0192f0c4-7c1e-7d3a-8a4e-2f6f3c1b9a55' })
  id: string;

  @ApiProperty({ description: 'The key of the project.', example: 'default' })
  project: string;

  @ApiProperty({ description: 'The key of the workflow that the ticket moves under.', example: 'sdlc' })
  workflow: string;

  @ApiProperty({ type: 'integer', description: 'The version of the workflow that it is pinned to.', example: 1 })
  workflow_version: number;

  @ApiProperty({ description: TITLE.description, example: TITLE.example })
  title: string;

  @ApiProperty({ ...NULLABLE_TEXT, description: 'Everything else there is to say.', example: null })
  description: string | null;

  @ApiProperty({ enum: PRIORITIES, description: PRIORITY.description, example: 'HIGH' })
  priority: Priority;

  @ApiProperty({ description: 'The phase that the ticket is in.', example: 'DESIGN' })
  phase_id: string;

  @ApiProperty({
    ...NULLABLE_TEXT,
    description: 'The phase just left; null until the first move.',
    example: 'REQUIREMENTS',
  })
  previous_phase_id: string | null;

  @ApiProperty({ ...TIME, description: 'When it came to this phase.', example: '2026-11-20T09:30:00.000Z' })
  phase_entered_at: Date;

  @ApiProperty({ type: 'integer', description: 'How many moves there were.', example: 2 })
  transition_count: number;

  @ApiProperty({ type: 'integer', description: 'Grows by 1 with every change of the ticket.', example: 3 })
  version: number;

  @ApiProperty({ ...TIME, description: 'When it was created.', example: '2026-11-18T08:00:00.000Z' })
  created_at: Date;

  @ApiProperty({ ...TIME, description: 'When its version last grew.', example: '2026-11-20T09:30:00.000Z' })
  updated_at: Date;

  @ApiProperty({ ...TIME, nullable: true, description: 'When it was archived; null: it is not.', example: null })
  archived_at: Date | null;
}
