import {
  compileWorkflow,
  type GraphDefinition,
  type PhaseDefinition,
  type ResumeRule,
  type TransitionDefinition,
} from './compiled-workflow';

/** A workflow definition as a client sends it. */
export interface WorkflowDefinition extends GraphDefinition {
  readonly key: string;
  readonly title: string;
}

/** A definition with all defaults filled in. Equivalent definitions are equal, member by member. */
export interface CompleteWorkflow extends WorkflowDefinition {
  readonly phases: readonly Required<PhaseDefinition>[];
  readonly transitions: readonly Required<TransitionDefinition>[];
  readonly resume: ResumeRule;
}

/** Fills in the defaults of a valid definition. Members have a fixed order, so that equal definitions are equal as text. */
export function completeWorkflow(definition: WorkflowDefinition): CompleteWorkflow {
  const { phases, resume } = compileWorkflow(definition);
  return {
    key: definition.key,
    title: definition.title,
    initial: [...definition.initial],
    phases: Array.from(phases.values(), ({ id, title, category }) => ({ id, title, category })),
    transitions: definition.transitions.flatMap(({ from, to }) => {
      const edge = phases.get(from)?.edges.get(to);
      return edge === undefined ? [] : [{ from, to, kind: edge.kind, requires: [...edge.requires] }];
    }),
    resume,
  };
}
