import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { ACTOR_KINDS, type ActorKind } from '../access/caller';
import { BlockerDto } from '../http/openapi/problem.dto';
import { JsonObject, Text, VersionNumber } from '../http/validation/fields';
import type { CompiledWorkflow } from '../machine/compiled-workflow';
import type { Blocker, TransitionOption } from '../machine/judge';
import { PROJECT_KEY } from '../access/project.dto';
import { TicketDto } from '../tickets/ticket.dto';
import type { Ticket } from '../tickets/ticket.entity';
import { HISTORY_KINDS, type HistoryKind, type PhaseHistory } from './phase-history.entity';

export class TransitionRequestDto {
  @Text({
    max: 50,
    description: 'The target phase. A phase that the workflow does not allow from here returns `illegal_transition`.',
    example: 'REQUIREMENTS',
  })
  to_phase: string;

  @Text({
    min: 0,
    max: 10_000,
    optional: true,
    nullable: true,
    description: 'The reason for the transition. Stored in the history.',
    example: 'Picked for the next release',
  })
  reason?: string | null;

  @Text({
    max: 255,
    optional: true,
    description:
      'The actor to record in the history. Defaults to the name of the API key, or to `system` without a key. Only admin ' +
      'keys may name another actor.',
  })
  transitioned_by?: string;

  @JsonObject({
    maxBytes: 64 * 1024,
    optional: true,
    nullable: true,
    description: 'Results of the work to store with the transition, such as links or figures. At most 64 KiB.',
    example: { pull_request: 42 },
  })
  artifacts?: Record<string, unknown> | null;

  @VersionNumber({
    optional: true,
    description: 'The expected version of the ticket. A different version returns `version_conflict`.',
  })
  expected_version?: number;

  @Text({
    max: 50,
    optional: true,
    description: 'The expected phase of the ticket. A different phase returns `version_conflict`.',
  })
  expected_phase?: string;
}

const NULLABLE_TEXT = { type: String, nullable: true };

@ApiSchema({ name: 'Transition' })
export class PhaseHistoryDto {
  @ApiProperty({ format: 'uuid', description: 'The id of the transition.' })
  id: string;

  @ApiProperty({ format: 'uuid', description: 'The id of the ticket.' })
  ticket_id: string;

  @ApiProperty({
    type: 'integer',
    description: 'The position in the history of the ticket: 1, 2, 3, … without gaps.',
    example: 2,
  })
  sequence: number;

  @ApiProperty({ description: 'The phase that the ticket left.', example: 'REQUIREMENTS' })
  from_phase: string;

  @ApiProperty({ description: 'The phase that the ticket entered.', example: 'DESIGN' })
  to_phase: string;

  @ApiProperty({ ...NULLABLE_TEXT, description: 'The reason for the transition.', example: 'Requirements are agreed' })
  transition_reason: string | null;

  @ApiProperty({ description: 'The actor who requested the transition.', example: 'agent-7' })
  transitioned_by: string;

  @ApiProperty({ enum: ACTOR_KINDS, description: 'The kind of actor.', example: 'system' })
  actor_kind: ActorKind;

  @ApiProperty({
    type: 'object',
    nullable: true,
    additionalProperties: true,
    description: 'Results of the work, as sent with the transition.',
    example: { pull_request: 42 },
  })
  artifacts: Record<string, unknown> | null;

  @ApiProperty({
    enum: HISTORY_KINDS,
    description: '`transition`: a client requested it. `migration`: the ticket moved to another workflow version.',
    example: 'transition',
  })
  kind: HistoryKind;

  @ApiProperty({ type: 'integer', description: 'The version of the ticket after the transition.', example: 3 })
  version: number;

  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'When the transition was committed. Never earlier than the previous one.',
    example: '2026-11-20T09:30:00.000Z',
  })
  created_at: Date;
}

export class TransitionedTicketDto extends TicketDto {
  @ApiProperty({ type: PhaseHistoryDto, description: 'The history row of the transition.' })
  transition: PhaseHistoryDto;
}

class TransitionOptionDto {
  @ApiProperty({ description: 'The target phase.', example: 'TESTING' })
  to_phase: string;

  @ApiProperty({ description: 'Whether the transition is allowed now.', example: true })
  allowed: boolean;

  @ApiProperty({
    type: [BlockerDto],
    description: 'The reasons why the transition is not allowed. Empty if it is allowed.',
  })
  blockers: readonly Blocker[];
}

export class ValidTransitionsDto {
  @ApiProperty({ format: 'uuid', description: 'The id of the ticket.' })
  ticket_id: string;

  @ApiProperty({ description: 'The current phase of the ticket.', example: 'IMPLEMENTATION' })
  current_phase: string;

  @ApiProperty({ type: 'integer', description: 'The current version of the ticket.', example: 4 })
  version: number;

  @ApiProperty({
    type: [String],
    description: 'The phases that the ticket can move to now.',
    example: ['TESTING', 'BLOCKED'],
  })
  valid_transitions: string[];

  @ApiProperty({
    type: [TransitionOptionDto],
    description: 'Every transition from the current phase, including those that are not allowed now.',
  })
  transitions: TransitionOptionDto[];
}

export class PhasesQueryDto {
  @Text({ ...PROJECT_KEY, optional: true, default: 'sdlc', description: 'The key of the workflow.' })
  workflow?: string;

  @VersionNumber({ optional: true, description: 'The version of the workflow. Defaults to the latest version.' })
  version?: number;
}

class PhaseDto {
  @ApiProperty({ description: 'The id of the phase.', example: 'TESTING' })
  id: string;

  @ApiProperty({ description: 'Whether no transition leaves the phase.', example: false })
  terminal: boolean;

  @ApiProperty({
    type: [String],
    description: 'The phases that a transition from here can lead to.',
    example: ['DEPLOYMENT', 'IMPLEMENTATION', 'BLOCKED'],
  })
  transitions: readonly string[];
}

export class PhasesDto {
  @ApiProperty({ type: [String], description: 'The phases of the regular path, in order, without waiting phases.' })
  sequence: readonly string[];

  @ApiProperty({ type: [PhaseDto], description: 'Every phase with its transitions.' })
  phases: PhaseDto[];
}

/** Returns the phases of a workflow version. The regular path is all phases that are not waiting phases. */
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
