import {
  compileWorkflow,
  type GraphDefinition,
  type PhaseDefinition,
  type ResumeRule,
  type TransitionDefinition,
} from './compiled-workflow';

/** A workflow as somebody writes it down: a graph that has a name. */
export interface WorkflowDefinition extends GraphDefinition {
  readonly key: string;
  readonly title: string;
}

/** A definition in which nothing is left to be understood. Two that mean the same are equal, member by member. */
export interface CompleteWorkflow extends WorkflowDefinition {
  readonly phases: readonly Required<PhaseDefinition>[];
  readonly transitions: readonly Required<TransitionDefinition>[];
  readonly resume: ResumeRule;
}

/** Writes out what a sound definition leaves to be understood. Members come in one order, so that equal ones are equal text. */
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
