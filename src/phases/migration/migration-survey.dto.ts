import { ApiProperty } from '@nestjs/swagger';
import { REFUSAL_CODES, type MigrationSurvey, type RefusalCode } from './migration-survey';
import { VERSIONS } from './migration.dto';
import type { MigrationRequest } from './planned-migration';

class SurveyedPhaseDto {
  @ApiProperty({ description: 'A phase of the old version.', example: 'doing' })
  from: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The phase of the new version that it maps to. `null` if it is unmapped.',
    example: 'building',
  })
  to: string | null;

  @ApiProperty({
    type: 'integer',
    description: 'The number of tickets in the phase, including archived tickets.',
    example: 3,
  })
  tickets: number;
}

class RefusedTicketsDto {
  @ApiProperty({ enum: REFUSAL_CODES, description: 'Why the tickets cannot be migrated.', example: 'no_place' })
  code: RefusalCode;

  @ApiProperty({
    required: false,
    description: 'The phase that the tickets are in or would resume in. Present with `no_place`.',
  })
  phase?: string;

  @ApiProperty({ type: 'integer', description: 'The number of tickets.', example: 3 })
  tickets: number;

  @ApiProperty({ description: 'A description of the problem and its remedy.' })
  message: string;
}

export class MigrationSurveyDto {
  @ApiProperty({ enum: [true], type: 'boolean', description: 'Always `true`: nothing was changed.', example: true })
  dry_run: true;

  @ApiProperty({ type: 'integer', description: VERSIONS.fromVersion, example: 1 })
  from_version: number;

  @ApiProperty({ type: 'integer', description: VERSIONS.toVersion, example: 2 })
  to_version: number;

  @ApiProperty({ type: 'integer', description: 'The number of tickets that follow the old version.', example: 12 })
  tickets: number;

  @ApiProperty({ type: [SurveyedPhaseDto], description: 'Every phase of the old version, in order.' })
  phases: SurveyedPhaseDto[];

  @ApiProperty({
    type: [String],
    description: 'Unmapped phases. A migration with unmapped phases is rejected.',
    example: [],
  })
  without_place: string[];

  @ApiProperty({ type: [RefusedTicketsDto], description: 'Tickets that cannot be migrated.' })
  refused: RefusedTicketsDto[];
}

export function toMigrationSurveyDto(
  { fromVersion, toVersion }: MigrationRequest,
  { tickets, phases, withoutPlace, refused }: MigrationSurvey,
): MigrationSurveyDto {
  return {
    dry_run: true,
    from_version: fromVersion,
    to_version: toVersion,
    tickets,
    phases: [...phases],
    without_place: [...withoutPlace],
    refused: refused.map((tally) => ({ ...tally, message: MESSAGES[tally.code](toVersion) })),
  };
}

const MESSAGES: Readonly<Record<RefusalCode, (version: number) => string>> = {
  no_place: (version) => `Version ${version} has no phase with this id. Map the phase to another one in phases.`,
  ticket_archived: () => 'Archived tickets cannot be changed. Restore them and start another migration.',
};
