import { ApiProperty } from '@nestjs/swagger';
import { Flag, TextMap, VersionNumber } from '../../http/validation/fields';
import type { MigrationRow } from './migration-run.statements';
import { REFUSAL_CODES, type MigrationSurvey, type RefusalCode } from './migration-survey';
import type { MigrationRequest } from './migration.service';

const FROM_VERSION = 'The version whose tickets are migrated.';
const TO_VERSION = 'The version that tickets are migrated to.';
const TIME = { type: String, format: 'date-time' } as const;

export class MigrationRequestDto {
  @VersionNumber({ description: FROM_VERSION, example: 1 })
  from_version: number;

  @VersionNumber({ description: TO_VERSION, example: 2 })
  to_version: number;

  @TextMap({
    max: 50,
    maxFields: 1_000,
    optional: true,
    default: {},
    description:
      'The state mapping: a phase of the new version for each phase of the old one. A phase that is not named maps to ' +
      'the phase of the same name.',
  })
  phases?: Record<string, string>;

  @Flag({ optional: true, default: false, description: 'Returns what a migration would do.', example: true })
  dry_run?: boolean;
}

export class MigrationDto {
  @ApiProperty({ format: 'uuid', description: 'The id.', example: '0192f0c4-8b1f-7e26-9c3a-6d2e4f8a1b70' })
  id: string;

  @ApiProperty({ description: 'The key of the workflow.', example: 'chores' })
  workflow: string;

  @ApiProperty({ type: 'integer', description: FROM_VERSION, example: 1 })
  from_version: number;

  @ApiProperty({ type: 'integer', description: TO_VERSION, example: 2 })
  to_version: number;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'The state mapping: every phase of the old version with its phase in the new one.',
    example: { open: 'open', doing: 'building' },
  })
  phases: Record<string, string>;

  @ApiProperty({
    enum: ['running', 'finished'],
    description: 'A migration finishes when a scan of all tickets finds none left to migrate.',
    example: 'running',
  })
  state: 'running' | 'finished';

  @ApiProperty({ type: 'integer', description: 'Tickets of the old version at the start.', example: 12_000 })
  tickets: number;

  @ApiProperty({
    type: 'integer',
    description: 'Migrated tickets, including tickets that were created after the start.',
    example: 4_100,
  })
  done: number;

  @ApiProperty({ type: 'integer', description: 'Migrated tickets whose phase changed.', example: 3_000 })
  moved: number;

  @ApiProperty({ type: 'integer', description: 'Migrated tickets that kept their phase.', example: 1_100 })
  kept: number;

  @ApiProperty({
    type: 'integer',
    description: 'Tickets that cannot be migrated because they are archived, as the last scan counted them.',
    example: 0,
  })
  skipped: number;

  @ApiProperty({ description: 'The name of the caller who started it.', example: 'ada' })
  created_by: string;

  @ApiProperty({ ...TIME, description: 'When it was started.', example: '2026-11-20T09:30:00.000Z' })
  created_at: Date;

  @ApiProperty({ ...TIME, nullable: true, description: 'When it finished; null while it is running.', example: null })
  finished_at: Date | null;
}

class SurveyedPhaseDto {
  @ApiProperty({ description: 'A phase of the old version.', example: 'doing' })
  from: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Its phase in the new version; null if it is unmapped.',
    example: 'building',
  })
  to: string | null;

  @ApiProperty({ type: 'integer', description: 'Tickets in this phase, including archived ones.', example: 3 })
  tickets: number;
}

class RefusedTicketsDto {
  @ApiProperty({ enum: REFUSAL_CODES, description: 'Why they cannot be migrated.', example: 'no_place' })
  code: RefusalCode;

  @ApiProperty({
    required: false,
    description: 'With `no_place`: the unmapped phase that they are in, or would resume in.',
  })
  phase?: string;

  @ApiProperty({ type: 'integer', description: 'Number of tickets.', example: 3 })
  tickets: number;

  @ApiProperty({ description: 'The reason as a sentence, and what to do about it.' })
  message: string;
}

export class MigrationSurveyDto {
  @ApiProperty({ enum: [true], type: 'boolean', description: 'Nothing was changed.', example: true })
  dry_run: true;

  @ApiProperty({ type: 'integer', description: FROM_VERSION, example: 1 })
  from_version: number;

  @ApiProperty({ type: 'integer', description: TO_VERSION, example: 2 })
  to_version: number;

  @ApiProperty({ type: 'integer', description: 'Tickets of the old version.', example: 12 })
  tickets: number;

  @ApiProperty({ type: [SurveyedPhaseDto], description: 'Every phase of the old version, in its order.' })
  phases: SurveyedPhaseDto[];

  @ApiProperty({
    type: [String],
    description: 'Unmapped phases. A migration is rejected while there are any.',
    example: [],
  })
  without_place: string[];

  @ApiProperty({ type: [RefusedTicketsDto], description: 'Tickets that cannot be migrated.' })
  refused: RefusedTicketsDto[];
}

export function toMigrationRequest({ from_version, to_version, phases = {} }: MigrationRequestDto): MigrationRequest {
  return { fromVersion: from_version, toVersion: to_version, phases };
}

export function toMigrationDto(run: MigrationRow): MigrationDto {
  return {
    id: run.id,
    workflow: run.workflow,
    from_version: run.fromVersion,
    to_version: run.toVersion,
    phases: Object.fromEntries(run.phases),
    state: run.finishedAt === null ? 'running' : 'finished',
    tickets: run.tickets,
    done: run.moved + run.kept,
    moved: run.moved,
    kept: run.kept,
    skipped: run.skipped,
    created_by: run.actor,
    created_at: run.createdAt,
    finished_at: run.finishedAt,
  };
}

export function toMigrationSurveyDto(
  { fromVersion, toVersion }: MigrationRequest,
  { tickets, phases, unmapped, refused }: MigrationSurvey,
): MigrationSurveyDto {
  return {
    dry_run: true,
    from_version: fromVersion,
    to_version: toVersion,
    tickets,
    phases: [...phases],
    without_place: [...unmapped],
    refused: refused.map((group) => ({ ...group, message: MESSAGES[group.code](toVersion) })),
  };
}

const MESSAGES: Readonly<Record<RefusalCode, (version: number) => string>> = {
  no_place: (version) => `Version ${version} has no phase of this name. Map it to another phase in phases.`,
  ticket_archived: () => 'Archived tickets cannot be changed. Restore them, then start another migration.',
};
