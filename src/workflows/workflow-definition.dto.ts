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

/** As much as one definition may hold. */
export const MAX_PHASES = 500;
export const MAX_TRANSITIONS = 20_000;

const PHASE_ID = { max: 50 };

export class PhaseDefinitionDto {
  @Text({ ...PHASE_ID, description: 'Names the phase; tickets and their history show it.', example: 'review' })
  id: string;

  @Text({ max: 200, optional: true, description: 'What people call it; its id, if left out.', example: 'In review' })
  title?: string;

  @OneOf({
    values: PHASE_CATEGORIES,
    description:
      'What the phase is for. `todo`: work has not begun. `active`: it is being done. `waiting`: a pause. `done`: it is over.',
    example: 'active',
  })
  category: PhaseCategory;
}

/** The condition of each requirement, as in "`reason`: a `reason` that is not blank." */
const REQUIREMENT_TEXT = REQUIREMENT_GUARDS.map(({ name, description }) => `\`${name}\`: ${description}.`).join(' ');

export class TransitionDefinitionDto {
  @Text({ ...PHASE_ID, description: 'The phase that a ticket leaves.', example: 'review' })
  from: string;

  @Text({ ...PHASE_ID, description: 'The phase that it comes to.', example: 'closed' })
  to: string;

  @OneOf({
    values: TRANSITION_KINDS,
    optional: true,
    description:
      'What the move means to people. If left out: `block` into a waiting phase, `resume` out of one, `regression` to an earlier phase, else `forward`.',
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
    description: 'Names the workflow. Every version of it has the same key.',
    example: 'editorial',
  })
  key: string;

  @Text({ max: 200, description: 'What people call it.', example: 'Editorial work' })
  title: string;

  @Text({
    ...PROJECT_KEY,
    optional: true,
    description: 'The key of the only project whose tickets may use it; if left out, all may.',
    example: 'website',
  })
  project?: string;

  @ListOfTexts({
    min: 0,
    max: MAX_PHASES,
    length: PHASE_ID.max,
    description: 'Where a ticket may begin. It begins in the first of these, unless its creator says otherwise.',
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
    description: 'The legal moves. A phase that none of them leaves is terminal.',
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
      'Where a ticket may go out of a waiting phase. `any`: along any transition. `reached`: only to the last phase it was in that is not waiting, or an earlier one.',
    example: 'reached',
  })
  resume?: ResumeRule;
}

/** What was sent, without the project: whose a workflow is, is no part of what it says. */
export function toDefinition(dto: WorkflowDefinitionDto): WorkflowDefinition {
  const { key, title, initial, phases, transitions, resume } = dto;
  return { key, title, initial, phases, transitions, ...(resume !== undefined && { resume }) };
}
