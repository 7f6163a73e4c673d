/** What a phase is for. `waiting` is a pause: work goes on where it was left. `done` ends a ticket's work. */
export const PHASE_CATEGORIES = ['todo', 'active', 'waiting', 'done'] as const;
export type PhaseCategory = (typeof PHASE_CATEGORIES)[number];

/** What a move means to the people who make it. The judge does not ask; diagrams tell them apart. */
export const TRANSITION_KINDS = ['forward', 'regression', 'block', 'resume'] as const;
export type TransitionKind = (typeof TRANSITION_KINDS)[number];

/** What a request to move has to bring along. */
export const REQUIREMENTS = ['reason', 'artifacts'] as const;
export type Requirement = (typeof REQUIREMENTS)[number];

/** Where a ticket may go out of a waiting phase: along any edge, or only to what it had reached before. */
export const RESUME_RULES = ['any', 'reached'] as const;
export type ResumeRule = (typeof RESUME_RULES)[number];

export interface PhaseDefinition {
  readonly id: string;
  /** What people call it; its id, where it has none. */
  readonly title?: string;
  readonly category: PhaseCategory;
}

export interface TransitionDefinition {
  readonly from: string;
  readonly to: string;
  /** Told from the phases, where it is not given; see `kindOf`. */
  readonly kind?: TransitionKind;
  /** Nothing, where it is not given. */
  readonly requires?: readonly Requirement[];
}

/** A graph of phases as somebody writes it down. The order of `phases` is the order of the work. */
export interface GraphDefinition {
  readonly initial: readonly string[];
  readonly phases: readonly PhaseDefinition[];
  readonly transitions: readonly TransitionDefinition[];
  /** `any`, where it is not given. */
  readonly resume?: ResumeRule;
}

/** A legal move out of a phase. */
export interface CompiledEdge {
  readonly to: CompiledPhase;
  readonly kind: TransitionKind;
  readonly requires: readonly Requirement[];
}

/** A phase with everything the judge asks of it. */
export interface CompiledPhase {
  readonly id: string;
  readonly title: string;
  readonly category: PhaseCategory;
  /** Its place in the order of the work, from 0. */
  readonly order: number;
  readonly waiting: boolean;
  /** No edge leads out of it. */
  readonly terminal: boolean;
  /** Its edges by where they lead, in the order of the definition. */
  readonly edges: ReadonlyMap<string, CompiledEdge>;
}

/** A workflow made ready for judging: every look-up takes the same time, however large the graph is. */
export interface CompiledWorkflow {
  readonly initial: ReadonlySet<string>;
  readonly phases: ReadonlyMap<string, CompiledPhase>;
  readonly resume: ResumeRule;
}

/** A phase while its edges are being collected. */
type OpenPhase = { -readonly [Field in keyof CompiledPhase]: CompiledPhase[Field] } & {
  edges: Map<string, CompiledEdge>;
};

/** Compiles a definition. It trusts the definition: edges of phases that it does not have are dropped. */
export function compileWorkflow({ initial, phases, transitions, resume = 'any' }: GraphDefinition): CompiledWorkflow {
  const compiled = new Map<string, OpenPhase>();
  for (const [order, { id, title = id, category }] of phases.entries()) {
    compiled.set(id, { id, title, category, order, waiting: category === 'waiting', terminal: true, edges: new Map() });
  }
  for (const { from, to, kind, requires = [] } of transitions) {
    const [source, target] = [compiled.get(from), compiled.get(to)];
    if (source === undefined || target === undefined) continue;
    source.terminal = false;
    source.edges.set(to, { to: target, kind: kind ?? kindOf(source, target), requires });
  }
  return { initial: new Set(initial), phases: compiled, resume };
}

/** What a move between two phases means, where nobody said: into a pause, out of it, back, or on with the work. */
export function kindOf(
  from: Pick<CompiledPhase, 'waiting' | 'order'>,
  to: Pick<CompiledPhase, 'waiting' | 'order'>,
): TransitionKind {
  if (to.waiting) return 'block';
  if (from.waiting) return 'resume';
  return to.order < from.order ? 'regression' : 'forward';
}
