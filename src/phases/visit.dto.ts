import { ApiProperty } from '@nestjs/swagger';
import type { Visit } from './visit.service';

export class VisitDto {
  @ApiProperty({ description: 'Where the ticket was.', example: 'TESTING' })
  phase: string;

  @ApiProperty({ type: 'integer', description: 'How often it had come to this phase, this time included.', example: 2 })
  nth: number;

  @ApiProperty({ type: 'integer', description: 'The move that began it; 0: it was created there.', example: 6 })
  sequence: number;

  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'When it came.',
    example: '2026-11-20T09:30:00.000Z',
  })
  entered_at: Date;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When it left; null: it is there still.',
    example: '2026-11-20T11:00:00.000Z',
  })
  left_at: Date | null;

  @ApiProperty({
    type: Number,
    description: 'How long it was there; while it is there, how long it has been.',
    example: 5400,
  })
  seconds: number;

  @ApiProperty({ description: 'Who brought it there.', example: 'agent-7' })
  entered_by: string;
}

export function toVisitDto({ phase, nth, sequence, enteredAt, leftAt, seconds, enteredBy }: Visit): VisitDto {
  return { phase, nth, sequence, entered_at: enteredAt, left_at: leftAt, seconds, entered_by: enteredBy };
}
