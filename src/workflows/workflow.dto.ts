import { ApiProperty } from '@nestjs/swagger';
import {
  PHASE_CATEGORIES,
  REQUIREMENTS,
  RESUME_RULES,
  TRANSITION_KINDS,
  type PhaseCategory,
  type Requirement,
  type ResumeRule,
  type TransitionKind,
} from '../machine/compiled-workflow';
import { lintWorkflow } from '../machine/lint';
import type { LintFinding } from '../machine/lint-finding';
import { LintFindingDto } from './lint.dto';
import type { StoredWorkflow, WorkflowSummary } from './workflow-statements';

const PROJECT = {
  type: String,
  nullable: true,
  description: 'The key of the only project whose tickets may use it; null: all may.',
  example: null,
} as const;

const CREATED_AT = {
  type: String,
  format: 'date-time',
  description: 'When this version was created.',
  example: '2026-11-25T08:00:00.000Z',
} as const;

class PhaseOfWorkflowDto {
  @ApiProperty({ description: 'Names the phase.', example: 'review' })
  id: string;

  @ApiProperty({ description: 'What people call it.', example: 'In review' })
  title: string;

  @ApiProperty({ enum: PHASE_CATEGORIES, description: 'What it is for.', example: 'active' })
  category: PhaseCategory;
}

class TransitionOfWorkflowDto {
  @ApiProperty({ description: 'The phase that a ticket leaves.', example: 'review' })
  from: string;

  @ApiProperty({ description: 'The phase that it comes to.', example: 'closed' })
  to: string;

  @ApiProperty({ enum: TRANSITION_KINDS, description: 'What the move means to people.', example: 'forward' })
  kind: TransitionKind;

  @ApiProperty({
    enum: REQUIREMENTS,
    isArray: true,
    description: 'What a request for this move must bring along.',
    example: ['reason'],
  })
  requires: readonly Requirement[];
}

export class WorkflowDto {
  @ApiProperty({ description: 'Names the workflow.', example: 'editorial' })
  key: string;

  @ApiProperty({ type: 'integer', description: '1, 2, 3 … A version never changes.', example: 2 })
  version: number;

  @ApiProperty({ description: 'What people call it.', example: 'Editorial work' })
  title: string;

  @ApiProperty(PROJECT)
  project: string | null;

  @ApiProperty({ type: [String], description: 'Where a ticket may begin.', example: ['draft'] })
  initial: readonly string[];

  @ApiProperty({ type: [PhaseOfWorkflowDto], description: 'The phases, in the order of the work.' })
  phases: readonly PhaseOfWorkflowDto[];

  @ApiProperty({ type: [TransitionOfWorkflowDto], description: 'The legal moves.' })
  transitions: readonly TransitionOfWorkflowDto[];

  @ApiProperty({ enum: RESUME_RULES, description: 'Where a ticket may go out of a waiting phase.', example: 'any' })
  resume: ResumeRule;

  @ApiProperty(CREATED_AT)
  created_at: Date;

  @ApiProperty({ type: [LintFindingDto], description: 'What its author may want to think about.' })
  warnings: readonly LintFinding[];
}

export class WorkflowSummaryDto {
  @ApiProperty({ description: 'Names the workflow.', example: 'editorial' })
  key: string;

  @ApiProperty({ type: 'integer', description: 'Its newest version.', example: 2 })
  version: number;

  @ApiProperty({ description: 'What people call it.', example: 'Editorial work' })
  title: string;

  @ApiProperty(PROJECT)
  project: string | null;

  @ApiProperty({ type: 'integer', description: 'How many phases it has.', example: 6 })
  phases: number;

  @ApiProperty({ type: 'integer', description: 'How many legal moves it has.', example: 10 })
  transitions: number;

  @ApiProperty(CREATED_AT)
  created_at: Date;
}

/** @param project the key of the project that it belongs to; null: everybody's */
export function toWorkflowDto({ definition, version, createdAt }: StoredWorkflow, project: string | null): WorkflowDto {
  const { key, title, initial, phases, transitions, resume } = definition;
  const warnings = lintWorkflow(definition);
  return { key, version, title, project, initial, phases, transitions, resume, created_at: createdAt, warnings };
}

export function toWorkflowSummaryDto(summary: WorkflowSummary, project: string | null): WorkflowSummaryDto {
  const { key, version, title, phases, transitions, createdAt } = summary;
  return { key, version, title, project, phases, transitions, created_at: createdAt };
}
