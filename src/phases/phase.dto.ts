import { ApiProperty } from '@nestjs/swagger';
import { ACTOR_KINDS, type ActorKind } from '../access/caller';
import { BlockerDto } from '../http/openapi/problem.dto';
import { JsonObject, Text, VersionNumber } from '../http/validation/fields';
import type { CompiledWorkflow } from '../machine/compiled-workflow';
import type { Blocker, TransitionOption } from '../machine/judge';
import { PROJECT_KEY } from '../access/project.dto';
import { TicketDto } from '../tickets/ticket.dto';
import type { Ticket } from '../tickets/ticket.entity';
import { TRANSITION_KINDS, type TransitionKind, type PhaseHistory } from './phase-history.entity';

export class TransitionRequestDto {
  @Text({
    max: 50,
    description: 'Where the ticket is to go. What is no legal target is `illegal_transition`.',
    example: 'DESIGN',
  })
  to_phase: string;

  @Text({
    min: 0,
    max: 10_000,
    optional: true,
    nullable: true,
    description: 'Why. Kept in the history.',
    example: 'Requirements are agreed',
  })
  reason?: string | null;

  @Text({
    max: 255,
    optional: true,
    description:
      'Who asks. Kept in the history. Where it is left out, the name of the API key, or `system` without one; only the key ' +
      'of an admin may name somebody else.',
    example: 'agent-7',
  })
  transitioned_by?: string;

  @JsonObject({
    maxBytes: 64 * 1024,
    optional: true,
    nullable: true,
    description: 'What the move leaves behind, at most 64 KiB: links, numbers, whatever is worth keeping.',
    example: { pull_request: 42 },
  })
  artifacts?: Record<string, unknown> | null;

  @VersionNumber({
    optional: true,
    description: 'The version that the ticket must have, else `version_conflict`.',
    example: 3,
  })
  expected_version?: number;

  @Text({
    max: 50,
    optional: true,
    description: 'The phase that the ticket must be in, else `version_conflict`.',
    example: 'REQUIREMENTS',
  })
  expected_phase?: string;
}

const NULLABLE_TEXT = { type: String, nullable: true };

export class PhaseHistoryDto {
  @ApiProperty({ format: 'uuid', description: 'The id of this move.' })
  id: string;

  @ApiProperty({ format: 'uuid', description: 'The ticket that moved.' })
  ticket_id: string;

  @ApiProperty({ type: 'integer', description: '1, 2, 3 … without gaps.', example: 2 })
  sequence: number;

  @ApiProperty({ description: 'Where the ticket was.', example: 'REQUIREMENTS' })
  from_phase: string;

  @ApiProperty({ description: 'Where it went.', example: 'DESIGN' })
  to_phase: string;

  @ApiProperty({ ...NULLABLE_TEXT, description: 'Why.', example: 'Requirements are agreed' })
  transition_reason: string | null;

  @ApiProperty({ description: 'Who asked.', example: 'agent-7' })
  transitioned_by: string;

  @ApiProperty({ enum: ACTOR_KINDS, description: 'What kind of actor asked.', example: 'system' })
  actor_kind: ActorKind;

  @ApiProperty({
    type: 'object',
    nullable: true,
    additionalProperties: true,
    description: 'What the move left behind.',
    example: { pull_request: 42 },
  })
  artifacts: Record<string, unknown> | null;

  @ApiProperty({
    enum: TRANSITION_KINDS,
    description: 'A `transition` that somebody asked for, or a `migration` to another version of the workflow.',
    example: 'transition',
  })
  kind: TransitionKind;

  @ApiProperty({ type: 'integer', description: "The ticket's version after the move.", example: 3 })
  version: number;

  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'When. Never earlier than the row before it.',
    example: '2026-11-20T09:30:00.000Z',
  })
  created_at: Date;
}

export class TransitionedTicketDto extends TicketDto {
  @ApiProperty({ type: PhaseHistoryDto, description: 'The history row that the move wrote.' })
  transition: PhaseHistoryDto;
}

class TransitionOptionDto {
  @ApiProperty({ description: 'Where the edge leads.', example: 'TESTING' })
  to_phase: string;

  @ApiProperty({ description: 'Whether the ticket may take it now.', example: true })
  allowed: boolean;

  @ApiProperty({ type: [BlockerDto], description: 'What stands in the way; empty when allowed.' })
  blockers: readonly Blocker[];
}

export class ValidTransitionsDto {
  @ApiProperty({ format: 'uuid', description: 'The ticket.' })
  ticket_id: string;

  @ApiProperty({ description: 'Where it is.', example: 'IMPLEMENTATION' })
  current_phase: string;

  @ApiProperty({ type: 'integer', description: "The ticket's version that this is about.", example: 4 })
  version: number;

  @ApiProperty({ type: [String], description: 'Where the ticket may go now.', example: ['TESTING', 'BLOCKED'] })
  valid_transitions: string[];

  @ApiProperty({ type: [TransitionOptionDto], description: 'Every edge from here, also those that are closed now.' })
  transitions: TransitionOptionDto[];
}

export class PhasesQueryDto {
  @Text({ ...PROJECT_KEY, optional: true, default: 'sdlc', description: 'The key of the workflow.' })
  workflow?: string;

  @VersionNumber({ optional: true, description: 'Its version; the newest where it is left out.' })
  version?: number;
}

class PhaseDto {
  @ApiProperty({ description: 'The name of the phase.', example: 'TESTING' })
  id: string;

  @ApiProperty({ description: 'No move leads out of it.', example: false })
  terminal: boolean;

  @ApiProperty({
    type: [String],
    description: 'Where its edges lead.',
    example: ['DEPLOYMENT', 'IMPLEMENTATION', 'BLOCKED'],
  })
  transitions: readonly string[];
}

export class PhasesDto {
  @ApiProperty({ type: [String], description: 'The way of a ticket on which nothing goes wrong.' })
  sequence: readonly string[];

  @ApiProperty({ type: [PhaseDto], description: 'Every phase, with every legal move between them.' })
  phases: PhaseDto[];
}

/** The phases of a graph; the ones that are no pause are the way on which nothing goes wrong. */
export function toPhasesDto(graph: CompiledWorkflow): PhasesDto {
  const phases = [...graph.phases.values()];
  return {
    sequence: phases.filter(({ waiting }) => !waiting).map(({ id }) => id),
    phases: phases.map(({ id, terminal, edges }) => ({ id, terminal, transitions: [...edges.keys()] })),
  };
}

export function toPhaseHistoryDto(row: PhaseHistory): PhaseHistoryDto {
  return {
    id: row.id,
    ticket_id: row.ticketId,
    sequence: row.sequence,
    from_phase: row.fromPhase,
    to_phase: row.toPhase,
    transition_reason: row.transitionReason,
    transitioned_by: row.transitionedBy,
    actor_kind: row.actorKind,
    artifacts: row.artifacts,
    kind: row.kind,
    version: row.version,
    created_at: row.createdAt,
  };
}

export function toValidTransitionsDto(ticket: Ticket, options: readonly TransitionOption[]): ValidTransitionsDto {
  const transitions = options.map(({ to, blockers }) => ({ to_phase: to, allowed: blockers.length === 0, blockers }));
  return {
    ticket_id: ticket.id,
    current_phase: ticket.phaseId,
    version: ticket.version,
    valid_transitions: transitions.filter(({ allowed }) => allowed).map(({ to_phase }) => to_phase),
    transitions,
  };
}
