import { ApiProperty } from '@nestjs/swagger';
import { Flag, TextMap, VersionNumber } from '../../http/validation/fields';
import type { MigrationRow } from './migration-run';
import type { MigrationRequest } from './planned-migration';

export const VERSIONS = {
  fromVersion: 'The version that the tickets follow now.',
  toVersion: 'The version to migrate the tickets to.',
} as const;

export class MigrationRequestDto {
  @VersionNumber({ description: VERSIONS.fromVersion, example: 1 })
  from_version: number;

  @VersionNumber({ description: VERSIONS.toVersion, example: 2 })
  to_version: number;

  @TextMap({
    max: 50,
    maxFields: 1_000,
    optional: true,
    default: {},
    description:
      'Maps phases of the old version to phases of the new version. A phase that is not listed maps to the phase with the ' +
      'same id.',
  })
  phases?: Record<string, string>;

  @Flag({
    optional: true,
    default: false,
    description: 'Reports what a migration would do, without changing anything.',
    example: true,
  })
  dry_run?: boolean;
}

const TIME = { type: String, format: 'date-time' } as const;

export class MigrationDto {
  @ApiProperty({
    format: 'uuid',
    description: 'The unique identifier of the migration.',
    example: '0192f0c4-8b1f-7e26-9c3a-6d2e4f8a1b70',
  })
  id: string;

  @ApiProperty({ description: 'The key of the workflow.', example: 'chores' })
  workflow: string;

  @ApiProperty({ type: 'integer', description: VERSIONS.fromVersion, example: 1 })
  from_version: number;

  @ApiProperty({ type: 'integer', description: VERSIONS.toVersion, example: 2 })
  to_version: number;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Every phase of the old version with the phase of the new version that it maps to.',
    example: { open: 'open', doing: 'building' },
  })
  phases: Record<string, string>;

  @ApiProperty({
    enum: ['running', 'finished'],
    description: '`finished` when a last pass over all tickets found nothing to migrate.',
    example: 'running',
  })
  state: 'running' | 'finished';

  @ApiProperty({
    type: 'integer',
    description: 'The number of tickets of the old version when the migration started.',
    example: 12_000,
  })
  tickets: number;

  @ApiProperty({
    type: 'integer',
    description: 'The number of migrated tickets, including tickets created since the start.',
    example: 4_100,
  })
  done: number;

  @ApiProperty({ type: 'integer', description: 'The number of migrated tickets whose phase changed.', example: 3_000 })
  moved: number;

  @ApiProperty({
    type: 'integer',
    description: 'The number of migrated tickets that kept their phase.',
    example: 1_100,
  })
  kept: number;

  @ApiProperty({
    type: 'integer',
    description: 'The number of archived tickets, which cannot be migrated, as of the last pass over all tickets.',
    example: 0,
  })
  skipped: number;

  @ApiProperty({ description: 'The actor who started the migration.', example: 'ada' })
  created_by: string;

  @ApiProperty({ ...TIME, description: 'When the migration was started.', example: '2026-11-20T09:30:00.000Z' })
  created_at: Date;

  @ApiProperty({
    ...TIME,
    nullable: true,
    description: 'When the migration finished. `null` while it is running.',
    example: null,
  })
  finished_at: Date | null;
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
    phases: Object.fromEntries(run.places),
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
