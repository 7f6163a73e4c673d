import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ACTOR_KINDS } from '../access/caller';
import { EVENT_TYPES, hasChanges, type EventType, type TicketEvent } from './ticket-event.entity';

export class TicketEventDto {
  @ApiProperty({ format: 'uuid', description: 'The id of the ticket.' })
  ticket_id: string;

  @ApiProperty({ type: 'integer', description: 'The version of the ticket after the event.', example: 3 })
  version: number;

  @ApiProperty({ enum: EVENT_TYPES, description: 'The type of the event.', example: 'edited' })
  type: EventType;

  @ApiProperty({ description: 'The name of the actor.', example: 'agent-7' })
  actor: string;

  @ApiProperty({ enum: ACTOR_KINDS, description: 'The kind of actor.', example: 'agent' })
  actor_kind: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'When the event happened.',
    example: '2026-11-20T09:30:00.000Z',
  })
  at: Date;

  @ApiProperty({
    type: 'integer',
    required: false,
    description: 'The `sequence` of the history row. Present with `moved`, and with `migrated` if the phase changed.',
  })
  sequence?: number;

  @ApiPropertyOptional({
    type: 'object',
    nullable: true,
    additionalProperties: true,
    description:
      'The new values of the fields that changed. `null` if they were not recorded. Present with `edited` and `migrated`.',
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
