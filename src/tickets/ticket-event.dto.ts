import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ACTOR_KINDS } from '../access/caller';
import { EVENT_TYPES, type EventType, type TicketEvent } from './ticket-event.entity';

/** Types of events as the API returns them. The database and exports keep the short names. */
export type PublicEventType = `ticket.${EventType}`;
const PUBLIC_EVENT_TYPES = EVENT_TYPES.map((type): PublicEventType => `ticket.${type}`);

const OF_TRANSITION = 'With `ticket.moved`, and with `ticket.migrated` if the phase changed';

/** Characters of a text in an event. Longer texts are cut and end in `…`. */
export const EVENT_TEXT_LIMIT = 1_000;

/** An event of a ticket, in the one format that every endpoint returns. */
export class TicketEventDto {
  @ApiProperty({ enum: PUBLIC_EVENT_TYPES, description: 'The type of the change.', example: 'ticket.edited' })
  type: PublicEventType;

  @ApiProperty({ type: String, format: 'date-time', description: 'When.', example: '2026-11-20T09:30:00.000Z' })
  at: Date;

  @ApiProperty({ description: 'The key of the project that the ticket belongs to.', example: 'default' })
  project: string;

  @ApiProperty({ format: 'uuid', description: 'The ticket.' })
  ticket_id: string;

  @ApiProperty({ type: 'integer', description: 'The version of the ticket after the event.', example: 3 })
  version: number;

  @ApiProperty({ description: 'The name of the actor.', example: 'agent-7' })
  actor: string;

  @ApiProperty({ enum: ACTOR_KINDS, description: 'The kind of the actor.', example: 'agent' })
  actor_kind: string;

  @ApiPropertyOptional({ type: 'integer', description: `${OF_TRANSITION}: the \`sequence\` of the history row.` })
  sequence?: number;

  @ApiPropertyOptional({ description: `${OF_TRANSITION}: the phase that the ticket left.`, example: 'BACKLOG' })
  from_phase?: string;

  @ApiPropertyOptional({ description: `${OF_TRANSITION}: the phase that the ticket entered.`, example: 'REQUIREMENTS' })
  to_phase?: string;

  @ApiPropertyOptional({
    enum: ['transition', 'migration'],
    description: `${OF_TRANSITION}: the kind of the history row.`,
  })
  kind?: 'transition' | 'migration';

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: `${OF_TRANSITION}: the reason. A reason of more than 1,000 characters is cut and ends in \`…\`.`,
  })
  transition_reason?: string | null;

  @ApiPropertyOptional({ description: `${OF_TRANSITION}: the name that the history row has.`, example: 'agent-7' })
  transitioned_by?: string;

  @ApiPropertyOptional({
    type: 'object',
    nullable: true,
    additionalProperties: true,
    description:
      'With `ticket.edited` and `ticket.migrated`: the changed fields with their new values; null if they were not ' +
      'recorded. A description of more than 1,000 characters is cut and ends in `…`.',
    example: { priority: 'HIGH' },
  })
  changes?: Record<string, unknown> | null;
}

/** An event before the key of its project is looked up. */
export type ChangeDto = Omit<TicketEventDto, 'project'>;

/** The history row of an event, as far as the event repeats it. */
export interface EventTransition {
  readonly fromPhase: string;
  readonly toPhase: string;
  readonly kind: 'transition' | 'migration';
  readonly transitionReason: string | null;
  readonly transitionedBy: string;
}

/**
 * @param event with a description that is cut already, if it has one
 * @param transition the history row that `event.sequence` names; null without one
 */
export function toChangeDto(event: TicketEvent, transition: EventTransition | null): ChangeDto {
  const hasChanges = event.type === 'edited' || event.type === 'migrated';
  return {
    type: `ticket.${event.type}`,
    at: event.at,
    ticket_id: event.ticketId,
    version: event.version,
    actor: event.actor,
    actor_kind: event.actorKind,
    ...(event.sequence === null ? {} : { sequence: event.sequence }),
    ...(transition === null ? {} : factsOf(transition)),
    ...(hasChanges ? { changes: event.changes } : {}),
  };
}

function factsOf(transition: EventTransition): Partial<TicketEventDto> {
  const { fromPhase, toPhase, kind, transitionReason, transitionedBy } = transition;
  return {
    from_phase: fromPhase,
    to_phase: toPhase,
    kind,
    transition_reason: transitionReason === null ? null : shorten(transitionReason),
    transitioned_by: transitionedBy,
  };
}

function shorten(text: string): string {
  if (text.length <= EVENT_TEXT_LIMIT) return text;
  const characters = Array.from(text);
  return characters.length <= EVENT_TEXT_LIMIT ? text : `${characters.slice(0, EVENT_TEXT_LIMIT).join('')}…`;
}
