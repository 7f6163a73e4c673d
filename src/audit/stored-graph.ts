import {
  PHASE_CATEGORIES,
  REQUIREMENTS,
  RESUME_RULES,
  TRANSITION_KINDS,
  type PhaseDefinition,
  type TransitionDefinition,
} from '../machine/compiled-workflow';
import type { CompleteWorkflow } from '../machine/workflow';

/** A row of `graphs`: a workflow version, or the plan of a migration from one workflow version to another. */
export interface StoredGraph {
  readonly id: number;
  /** The key of the workflow, or the name of the plan. */
  readonly workflow: string;
  readonly version: number;
  readonly kind: string;
  readonly edges: readonly StoredEdge[];
  /** The stored definition, unchecked. Null if there is none. */
  readonly definition: unknown;
  /** True if the stored digest is the digest of the definition's text. */
  readonly digestAgrees: boolean;
  /** The workflow version that a plan leads from. */
  readonly fromGraphId: number | null;
  /** The workflow version that a plan leads to. */
  readonly toGraphId: number | null;
}

export interface StoredEdge {
  readonly from: string;
  readonly to: string;
}

/** All graphs, and the keys of the table `workflows`. */
export interface StoredGraphs {
  readonly graphs: readonly StoredGraph[];
  readonly keys: readonly string[];
}

/** Returns the key with the version, as in "sdlc 1". */
export function versionName({ workflow, version }: Pick<StoredGraph, 'workflow' | 'version'>): string {
  return `${workflow} ${version}`;
}

/** Checks that a stored value is a complete definition, as the application stores it. */
export function isStoredDefinition(value: unknown): value is CompleteWorkflow {
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
