import { OneOf, Text } from '../http/validation/fields';
import { ListOf, ListOfTexts, SomeOf } from '../http/validation/list-field';
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
import { REQUIREMENT_GUARDS } from '../machine/guards';
import type { WorkflowDefinition } from '../machine/workflow';
import { PROJECT_KEY } from '../access/project.dto';

/** The maximum sizes of a definition. */
export const MAX_PHASES = 500;
export const MAX_TRANSITIONS = 20_000;

const PHASE_ID = { max: 50 };

export class PhaseDefinitionDto {
  @Text({ ...PHASE_ID, description: 'The id of the phase, as shown in tickets and their history.', example: 'review' })
  id: string;

  @Text({ max: 200, optional: true, description: 'The display name. Defaults to the id.', example: 'In review' })
  title?: string;

  @OneOf({
    values: PHASE_CATEGORIES,
    description:
      'The category of the phase. `todo`: work has not started. `active`: work is in progress. `waiting`: work is paused. ' +
      '`done`: work is finished.',
    example: 'active',
  })
  category: PhaseCategory;
}

/** The condition of each requirement, as in "`reason`: a `reason` that is not blank." */
const REQUIREMENT_TEXT = REQUIREMENT_GUARDS.map(({ name, description }) => `\`${name}\`: ${description}.`).join(' ');

export class TransitionDefinitionDto {
  @Text({ ...PHASE_ID, description: 'The phase that the ticket leaves.', example: 'review' })
  from: string;

  @Text({ ...PHASE_ID, description: 'The phase that the ticket enters.', example: 'closed' })
  to: string;

  @OneOf({
    values: TRANSITION_KINDS,
    optional: true,
    description:
      'The kind of transition. Defaults to `block` into a waiting phase, `resume` out of one, `regression` to an earlier ' +
      'phase, and `forward` otherwise.',
    example: 'forward',
  })
  kind?: TransitionKind;

  @SomeOf({
    values: REQUIREMENTS,
    optional: true,
    default: [],
    description: `Requirements of the transition. A request that does not meet them gets 422 \`guard_failed\`. ${REQUIREMENT_TEXT}`,
    example: ['reason'],
  })
  requires?: Requirement[];
}

export class WorkflowDefinitionDto {
  @Text({
    ...PROJECT_KEY,
    description: 'The key of the workflow. All versions share it.',
    example: 'editorial',
  })
  key: string;

  @Text({ max: 200, description: 'The display name.', example: 'Editorial work' })
  title: string;

  @Text({
    ...PROJECT_KEY,
    optional: true,
    description:
      'The key of the project that owns the workflow. Without it, tickets of all projects can use the workflow.',
  })
  project?: string;

  @ListOfTexts({
    min: 0,
    max: MAX_PHASES,
    length: PHASE_ID.max,
    description: 'The phases in which a ticket can start. The first is the default.',
    example: ['draft'],
  })
  initial: string[];

  @ListOf(PhaseDefinitionDto, {
    min: 0,
    max: MAX_PHASES,
    description: 'The phases, in the order of the work.',
    example: [
      { id: 'draft', category: 'todo' },
      { id: 'review', title: 'In review', category: 'active' },
      { id: 'closed', category: 'done' },
    ],
  })
  phases: PhaseDefinitionDto[];

  @ListOf(TransitionDefinitionDto, {
    min: 0,
    max: MAX_TRANSITIONS,
    description: 'The allowed transitions. A phase without transitions out of it is terminal.',
    example: [
      { from: 'draft', to: 'review' },
      { from: 'review', to: 'draft', kind: 'regression', requires: ['reason'] },
      { from: 'review', to: 'closed' },
    ],
  })
  transitions: TransitionDefinitionDto[];

  @OneOf({
    values: RESUME_RULES,
    optional: true,
    default: 'any',
    description:
      'The rule for leaving a waiting phase. `any`: every transition is allowed. `reached`: only transitions to the last ' +
      'phase before it that is not waiting, or to an earlier one.',
    example: 'reached',
  })
  resume?: ResumeRule;
}

/** Returns the definition without the project, because the owner is not part of it. */
export function toDefinition(dto: WorkflowDefinitionDto): WorkflowDefinition {
  const { key, title, initial, phases, transitions, resume } = dto;
  return { key, title, initial, phases, transitions, ...(resume !== undefined && { resume }) };
}
