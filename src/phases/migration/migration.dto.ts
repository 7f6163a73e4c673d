import { ApiProperty } from '@nestjs/swagger';
import { Flag, TextMap, VersionNumber } from '../../http/validation/fields';
import type { MigrationRow } from './migration-run';
import type { MigrationRequest } from './planned-migration';

/** What both versions are, wherever they are named. */
export const VERSIONS = {
  fromVersion: 'The version that tickets leave.',
  toVersion: 'The version that they go over to.',
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
      'Where the tickets of a phase go, by the phases of the old version. A phase that is not named goes to the phase of ' +
      'the same name.',
    example: { doing: 'building' },
  })
  phases?: Record<string, string>;

  @Flag({ optional: true, default: false, description: 'Only tell what would happen.', example: true })
  dry_run?: boolean;
}

const TIME = { type: String, format: 'date-time' } as const;

export class MigrationDto {
  @ApiProperty({ format: 'uuid', description: 'Never changes.', example: '0192f0c4-8b1f-7e26-9c3a-6d2e4f8a1b70' })
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
    description: 'Every phase of the old version, with its place in the new one.',
    example: { open: 'open', doing: 'building' },
  })
  phases: Record<string, string>;

  @ApiProperty({
    enum: ['running', 'finished'],
    description: 'It is finished when it has looked at all tickets once more and found nothing to do.',
    example: 'running',
  })
  state: 'running' | 'finished';

  @ApiProperty({ type: 'integer', description: 'How many tickets the old version had when it began.', example: 12_000 })
  tickets: number;

  @ApiProperty({
    type: 'integer',
    description: 'How many have gone over, also of those that were created meanwhile.',
    example: 4_100,
  })
  done: number;

  @ApiProperty({ type: 'integer', description: 'How many of them to another phase.', example: 3_000 })
  moved: number;

  @ApiProperty({ type: 'integer', description: 'How many of them kept their phase.', example: 1_100 })
  kept: number;

  @ApiProperty({
    type: 'integer',
    description: 'How many cannot go over, because they are archived; as counted by the last walk through all tickets.',
    example: 0,
  })
  skipped: number;

  @ApiProperty({ description: 'Who asked for it.', example: 'ada' })
  created_by: string;

  @ApiProperty({ ...TIME, description: 'When.', example: '2026-11-20T09:30:00.000Z' })
  created_at: Date;

  @ApiProperty({ ...TIME, nullable: true, description: 'When it was finished; null: it is not.', example: null })
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
