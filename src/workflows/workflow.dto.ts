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
import { BUDGETS } from '../http/server/limits';
import { mostImportant, type LintFinding } from '../machine/lint-finding';
import { LintFindingDto } from './lint.dto';
import type { StoredWorkflow, WorkflowSummary } from './workflow-statements';

const PROJECT = {
  type: String,
  nullable: true,
  description: 'The key of the project that owns the workflow. `null` if tickets of all projects can use it.',
  example: null,
} as const;

const CREATED_AT = {
  type: String,
  format: 'date-time',
  description: 'When this version was created.',
  example: '2026-11-25T08:00:00.000Z',
} as const;

class WorkflowPhaseDto {
  @ApiProperty({ description: 'The id of the phase.', example: 'review' })
  id: string;

  @ApiProperty({ description: 'The display name.', example: 'In review' })
  title: string;

  @ApiProperty({ enum: PHASE_CATEGORIES, description: 'The category of the phase.', example: 'active' })
  category: PhaseCategory;
}

class WorkflowTransitionDto {
  @ApiProperty({ description: 'The phase that the ticket leaves.', example: 'review' })
  from: string;

  @ApiProperty({ description: 'The phase that the ticket enters.', example: 'closed' })
  to: string;

  @ApiProperty({ enum: TRANSITION_KINDS, description: 'The kind of transition.', example: 'forward' })
  kind: TransitionKind;

  @ApiProperty({
    enum: REQUIREMENTS,
    isArray: true,
    description: 'What a request for the transition must contain.',
    example: ['reason'],
  })
  requires: readonly Requirement[];
}

export class WorkflowDto {
  @ApiProperty({ description: 'The key of the workflow.', example: 'editorial' })
  key: string;

  @ApiProperty({ type: 'integer', description: 'The version number: 1, 2, 3, … A version never changes.', example: 2 })
  version: number;

  @ApiProperty({ description: 'The display name.', example: 'Editorial work' })
  title: string;

  @ApiProperty(PROJECT)
  project: string | null;

  @ApiProperty({ type: [String], description: 'The phases in which a ticket can start.', example: ['draft'] })
  initial: readonly string[];

  @ApiProperty({ type: [WorkflowPhaseDto], description: 'The phases, in the order of the work.' })
  phases: readonly WorkflowPhaseDto[];

  @ApiProperty({ type: [WorkflowTransitionDto], description: 'The allowed transitions.' })
  transitions: readonly WorkflowTransitionDto[];

  @ApiProperty({ enum: RESUME_RULES, description: 'The rule for leaving a waiting phase.', example: 'any' })
  resume: ResumeRule;

  @ApiProperty(CREATED_AT)
  created_at: Date;

  @ApiProperty({ type: [LintFindingDto], description: 'The warnings of the linter; of more than 1,000, the first.' })
  warnings: readonly LintFinding[];
}

export class WorkflowSummaryDto {
  @ApiProperty({ description: 'The key of the workflow.', example: 'editorial' })
  key: string;

  @ApiProperty({ type: 'integer', description: 'The latest version.', example: 2 })
  version: number;

  @ApiProperty({ description: 'The display name.', example: 'Editorial work' })
  title: string;

  @ApiProperty(PROJECT)
  project: string | null;

  @ApiProperty({ type: 'integer', description: 'The number of phases.', example: 6 })
  phases: number;

  @ApiProperty({ type: 'integer', description: 'The number of transitions.', example: 10 })
  transitions: number;

  @ApiProperty(CREATED_AT)
  created_at: Date;
}

/**
 * @param project the key of the project that owns the workflow; null: none
 * @param findings of the lint
 */
export function toWorkflowDto(
  { definition, version, createdAt }: StoredWorkflow,
  project: string | null,
  findings: readonly LintFinding[],
): WorkflowDto {
  const { key, title, initial, phases, transitions, resume } = definition;
  const warnings = mostImportant(findings, BUDGETS.findings);
  return { key, version, title, project, initial, phases, transitions, resume, created_at: createdAt, warnings };
}

export function toWorkflowSummaryDto(summary: WorkflowSummary, project: string | null): WorkflowSummaryDto {
  const { key, version, title, phases, transitions, createdAt } = summary;
  return { key, version, title, project, phases, transitions, created_at: createdAt };
}
