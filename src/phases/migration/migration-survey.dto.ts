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
    description: 'Its place in the new one; null: it has none.',
    example: 'building',
  })
  to: string | null;

  @ApiProperty({
    type: 'integer',
    description: 'How many tickets are there now, archived ones among them.',
    example: 3,
  })
  tickets: number;
}

class RefusedTicketsDto {
  @ApiProperty({ enum: REFUSAL_CODES, description: 'Why they would stay.', example: 'no_place' })
  code: RefusalCode;

  @ApiProperty({ required: false, description: 'With `no_place`: the phase that they are in, or wait to resume in.' })
  phase?: string;

  @ApiProperty({ type: 'integer', description: 'How many.', example: 3 })
  tickets: number;

  @ApiProperty({ description: 'The same for people, and what to do about it.' })
  message: string;
}

export class MigrationSurveyDto {
  @ApiProperty({ enum: [true], type: 'boolean', description: 'Nothing was changed.', example: true })
  dry_run: true;

  @ApiProperty({ type: 'integer', description: VERSIONS.fromVersion, example: 1 })
  from_version: number;

  @ApiProperty({ type: 'integer', description: VERSIONS.toVersion, example: 2 })
  to_version: number;

  @ApiProperty({ type: 'integer', description: 'How many tickets the old version has.', example: 12 })
  tickets: number;

  @ApiProperty({ type: [SurveyedPhaseDto], description: 'Every phase of the old version, in its order.' })
  phases: SurveyedPhaseDto[];

  @ApiProperty({
    type: [String],
    description: 'Phases without a place. While there are any, a run is refused.',
    example: [],
  })
  without_place: string[];

  @ApiProperty({ type: [RefusedTicketsDto], description: 'Tickets that could not go over.' })
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
  no_place: (version) => `Version ${version} has no phase of this name: name another one for these tickets in phases.`,
  ticket_archived: () => 'Archived tickets refuse every change. Once they are restored, another run takes them.',
};
