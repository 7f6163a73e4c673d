import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ACTOR_KINDS } from '../access/caller';
import { EVENT_TYPES, hasChanges, type EventType, type TicketEvent } from './ticket-event.entity';

export class TicketEventDto {
  @ApiProperty({ format: 'uuid', description: 'The ticket.' })
  ticket_id: string;

  @ApiProperty({ type: 'integer', description: 'The version of the ticket that this change made.', example: 3 })
  version: number;

  @ApiProperty({ enum: EVENT_TYPES, description: 'What happened.', example: 'edited' })
  type: EventType;

  @ApiProperty({ description: 'Who did it.', example: 'agent-7' })
  actor: string;

  @ApiProperty({ enum: ACTOR_KINDS, description: 'What kind of actor did it.', example: 'agent' })
  actor_kind: string;

  @ApiProperty({ type: String, format: 'date-time', description: 'When.', example: '2026-11-20T09:30:00.000Z' })
  at: Date;

  @ApiProperty({
    type: 'integer',
    required: false,
    description: 'With `moved`, and with `migrated` where the phase has changed: the `sequence` of the history row.',
  })
  sequence?: number;

  @ApiPropertyOptional({
    type: 'object',
    nullable: true,
    additionalProperties: true,
    description: 'With `edited` and `migrated`: the fields that changed, as they are now. null: it was not recorded.',
    example: { priority: 'HIGH' },
  })
  changes?: Record<string, unknown> | null;
}

export function toTicketEventDto(event: TicketEvent): TicketEventDto {
  return {
    ticket_id: event.ticketId,
    version: event.version,
    type: event.type,
    actor: event.actor,
    actor_kind: event.actorKind,
    at: event.at,
    ...(event.sequence === null ? {} : { sequence: event.sequence }),
    ...(hasChanges(event.type) ? { changes: event.changes } : {}),
  };
}
