/** What a phase is for. `waiting` is a pause: work goes on where it was left. `done` ends a ticket's work. */
export type PhaseCategory = 'todo' | 'active' | 'waiting' | 'done';

/** Where a ticket may go out of a waiting phase: along any edge, or only to what it had reached before. */
export type ResumeRule = 'any' | 'reached';

/** A workflow as somebody writes it down. The order of `phases` is the order of the work. */
export interface GraphDefinition {
  readonly initial: readonly string[];
  readonly phases: readonly { readonly id: string; readonly category: PhaseCategory }[];
  readonly transitions: readonly { readonly from: string; readonly to: string }[];
  readonly resume: ResumeRule;
}

/** A phase with everything the judge asks of it. */
export interface CompiledPhase {
  readonly id: string;
  /** Its place in the order of the work, from 0. */
  readonly order: number;
  readonly waiting: boolean;
  /** No edge leads out of it. */
  readonly terminal: boolean;
  /** Where its edges lead, in the order of the definition. */
  readonly targets: ReadonlySet<string>;
}

/** A workflow made ready for judging: every look-up takes the same time, however large the graph is. */
export interface CompiledGraph {
  readonly initial: ReadonlySet<string>;
  readonly phases: ReadonlyMap<string, CompiledPhase>;
  readonly resume: ResumeRule;
}

/** Compiles a definition. It trusts the definition: edges of phases that it does not have are dropped. */
export function compileGraph(definition: GraphDefinition): CompiledGraph {
  const targets = new Map(definition.phases.map(({ id }) => [id, new Set<string>()]));
  for (const { from, to } of definition.transitions) {
    if (targets.has(to)) targets.get(from)?.add(to);
  }
  const phases = definition.phases.map(({ id, category }, order): [string, CompiledPhase] => {
    const reachable = targets.get(id)!;
    return [id, { id, order, waiting: category === 'waiting', terminal: reachable.size === 0, targets: reachable }];
  });
  return { initial: new Set(definition.initial), phases: new Map(phases), resume: definition.resume };
}
