import { ApiProperty } from '@nestjs/swagger';
import type { Visit } from './visit.service';

export class VisitDto {
  @ApiProperty({ description: 'The phase of the visit.', example: 'TESTING' })
  phase: string;

  @ApiProperty({
    type: 'integer',
    description: 'The number of this visit among the visits of the same phase, starting with 1.',
    example: 2,
  })
  nth: number;

  @ApiProperty({
    type: 'integer',
    description: 'The `sequence` of the transition that started the visit. 0 if the ticket was created in the phase.',
    example: 6,
  })
  sequence: number;

  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'When the ticket entered the phase.',
    example: '2026-11-20T09:30:00.000Z',
  })
  entered_at: Date;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When the ticket left the phase. `null` if it is still there.',
    example: '2026-11-20T11:00:00.000Z',
  })
  left_at: Date | null;

  @ApiProperty({
    type: Number,
    description: 'The duration of the visit in seconds, up to now if it has not ended.',
    example: 5400,
  })
  seconds: number;

  @ApiProperty({ description: 'The actor who moved the ticket to the phase.', example: 'agent-7' })
  entered_by: string;
}

export function toVisitDto({ phase, nth, sequence, enteredAt, leftAt, seconds, enteredBy }: Visit): VisitDto {
  return { phase, nth, sequence, entered_at: enteredAt, left_at: leftAt, seconds, entered_by: enteredBy };
}
