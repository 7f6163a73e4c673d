import {
  PHASE_CATEGORIES,
  REQUIREMENTS,
  RESUME_RULES,
  TRANSITION_KINDS,
  type PhaseDefinition,
  type TransitionDefinition,
} from '../machine/compiled-workflow';
import type { CompleteWorkflow } from '../machine/workflow';

/** Whether something that was stored as a definition is one, in the words that the application stores: nothing is left out. */
export function isDefinition(value: unknown): value is CompleteWorkflow {
  if (!isObject(value)) return false;
  const { key, title, initial, phases, transitions, resume } = value;
  return (
    [key, title].every(isText) &&
    isListOf(initial, isText) &&
    isListOf(phases, isPhase) &&
    isListOf(transitions, isTransition) &&
    isOneOf(RESUME_RULES, resume)
  );
}

function isPhase(value: unknown): value is PhaseDefinition {
  return isObject(value) && [value['id'], value['title']].every(isText) && isOneOf(PHASE_CATEGORIES, value['category']);
}

function isTransition(value: unknown): value is TransitionDefinition {
  return (
    isObject(value) &&
    [value['from'], value['to']].every(isText) &&
    isOneOf(TRANSITION_KINDS, value['kind']) &&
    isListOf(value['requires'], (requirement) => isOneOf(REQUIREMENTS, requirement))
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem);
}

function isOneOf(choices: readonly string[], value: unknown): boolean {
  return (choices as readonly unknown[]).includes(value);
}
