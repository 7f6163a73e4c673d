import { applyDecorators } from '@nestjs/common';
import { ApiProperty, OmitType } from '@nestjs/swagger';
import { ValidateBy, ValidateIf } from 'class-validator';
import { OneOf, Text } from '../http/fields';
import { isStorableText } from '../http/json-body';
import { ListOf } from '../http/list-field';
import {
  PHASE_CATEGORIES,
  REQUIREMENTS,
  RESUME_RULES,
  TRANSITION_KINDS,
  type PhaseCategory,
  type Requirement,
  type ResumeRule,
  type TransitionKind,
} from '../machine/graph';
import { lintWorkflow } from '../machine/lint';
import { LINT_CODES, type LintCode, type LintFinding, type LintSeverity } from '../machine/lint-finding';
import type { WorkflowDefinition } from '../machine/workflow';
import { PROJECT_KEY } from '../projects/project.dto';
import type { StoredWorkflow, WorkflowSummary } from './workflow-statements';

function Values(
  fits: (value: unknown) => boolean,
  expected: string,
  schema: object,
  optional: boolean,
): PropertyDecorator {
  const list = (value: unknown): boolean => Array.isArray(value) && value.length <= 500 && value.every(fits);
  return applyDecorators(
    ValidateBy({ name: 'values', validator: { validate: list, defaultMessage: () => expected } }),
    ValidateIf((_, value) => !(optional && value === undefined)),
    ApiProperty({ type: 'array', required: !optional, ...schema } as never),
  );
}

const PHASE = { max: 50, description: 'A phase.', example: 'doing' } as const;
const isPhaseId = (value: unknown): boolean =>
  typeof value === 'string' && value !== '' && Array.from(value).length <= 50 && isStorableText(value);

export class PhaseDefinitionDto {
  @Text(PHASE)
  id: string;

  @Text({ max: 200, optional: true, description: 'What people call it.', example: 'At it' })
  title?: string;

  @OneOf({ values: PHASE_CATEGORIES, description: 'What it is for.', example: 'active' })
  category: PhaseCategory;
}

export class TransitionDefinitionDto {
  @Text(PHASE)
  from: string;

  @Text(PHASE)
  to: string;

  @OneOf({ values: TRANSITION_KINDS, optional: true, description: 'What it means.', example: 'forward' })
  kind?: TransitionKind;

  @Values(
    (value) => REQUIREMENTS.includes(value as Requirement),
    'must be a list of reason, artifacts',
    {
      items: { type: 'string', enum: REQUIREMENTS },
      description: 'What a move has to bring along.',
      example: ['reason'],
    },
    true,
  )
  requires?: Requirement[];
}

export class WorkflowDefinitionDto {
  @Text({ ...PROJECT_KEY, description: 'Names the workflow. Unique, never changes.', example: 'chores' })
  key: string;

  @Text({ max: 200, description: 'What people call it.', example: 'Chores' })
  title: string;

  @Text({ ...PROJECT_KEY, optional: true, description: 'The only project whose tickets may use it.' })
  project?: string;

  @Values(
    isPhaseId,
    'must be a list of phases',
    { items: { type: 'string' }, description: 'Where tickets may begin.', example: ['open'] },
    false,
  )
  initial: string[];

  @ListOf(PhaseDefinitionDto, { min: 0, max: 500, description: 'The phases, in the order of the work.' })
  phases: PhaseDefinitionDto[];

  @ListOf(TransitionDefinitionDto, { min: 0, max: 20_000, description: 'The legal moves.' })
  transitions: TransitionDefinitionDto[];

  @OneOf({
    values: RESUME_RULES,
    optional: true,
    default: 'any',
    description: 'Where a ticket resumes.',
    example: 'any',
  })
  resume?: ResumeRule;
}

export function toDefinition({ project: _project, ...definition }: WorkflowDefinitionDto): WorkflowDefinition {
  return definition;
}

export class LintFindingDto {
  @ApiProperty({ enum: ['error', 'warning'], description: 'With an error it cannot be stored.', example: 'warning' })
  severity: LintSeverity;

  @ApiProperty({
    enum: Object.keys(LINT_CODES),
    description: `What is wrong, for programs: ${Object.entries(LINT_CODES)
      .map(([code, { meaning }]) => `\`${code}\`: ${meaning}`)
      .join('; ')}.`,
    example: 'exit_from_done',
  })
  code: LintCode;

  @ApiProperty({ description: 'Where, as a JSON pointer (RFC 6901) into the definition.', example: '/transitions/3' })
  pointer: string;

  @ApiProperty({ description: 'The same for people.', example: '"done" → "open" leads out of a phase that is done.' })
  message: string;
}

export class LintReportDto {
  @ApiProperty({ description: 'Whether it could be stored.', example: true })
  valid: boolean;

  @ApiProperty({ type: [LintFindingDto], description: 'Everything that was found, in the order of the definition.' })
  findings: LintFinding[];
}

export class WorkflowDto extends OmitType(WorkflowDefinitionDto, ['project']) {
  @ApiProperty({ type: 'integer', description: 'Which version it is, counted from 1.', example: 2 })
  version: number;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The only project whose tickets may use it; null: all may.',
    example: null,
  })
  project: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'When this version was stored.',
    example: '2026-11-20T09:30:00.000Z',
  })
  created_at: Date;

  @ApiProperty({ type: [LintFindingDto], description: 'What may be meant otherwise.' })
  warnings: LintFinding[];
}

export class WorkflowSummaryDto {
  @ApiProperty({ description: 'The key of the workflow.', example: 'chores' })
  key: string;

  @ApiProperty({ type: 'integer', description: 'Its newest version.', example: 2 })
  version: number;

  @ApiProperty({ description: 'What people call it.', example: 'Chores' })
  title: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The only project whose tickets may use it.',
    example: null,
  })
  project: string | null;

  @ApiProperty({ type: 'integer', description: 'How many phases it has.', example: 6 })
  phases: number;

  @ApiProperty({ type: 'integer', description: 'How many legal moves it has.', example: 10 })
  transitions: number;

  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'When this version was stored.',
    example: '2026-11-20T09:30:00.000Z',
  })
  created_at: Date;
}

export function toWorkflowDto({ definition, ...stored }: StoredWorkflow, project: string | null): WorkflowDto {
  const warnings = lintWorkflow(definition);
  return { ...definition, version: stored.version, project, created_at: stored.createdAt, warnings } as WorkflowDto;
}

export function toWorkflowSummaryDto(summary: WorkflowSummary, project: string | null): WorkflowSummaryDto {
  const { key, version, title, phases, transitions, createdAt } = summary;
  return { key, version, title, project, phases, transitions, created_at: createdAt };
}
