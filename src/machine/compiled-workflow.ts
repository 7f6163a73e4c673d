import { REQUIREMENT_GUARDS, type ListedGuard } from './guards';

/** The category of a phase. In a `waiting` phase work is interrupted; in a `done` phase it is finished. */
export const PHASE_CATEGORIES = ['todo', 'active', 'waiting', 'done'] as const;
export type PhaseCategory = (typeof PHASE_CATEGORIES)[number];

/** The kind of a transition. It does not affect what is legal; diagrams and analytics distinguish kinds. */
export const TRANSITION_KINDS = ['forward', 'regression', 'block', 'resume'] as const;
export type TransitionKind = (typeof TRANSITION_KINDS)[number];

/** The entries of `requires`: the names of the requirement guards. */
export type Requirement = ListedGuard['name'];
export const REQUIREMENTS: readonly Requirement[] = REQUIREMENT_GUARDS.map(({ name }) => name);

/** The transitions that a waiting ticket may take: any edge, or only those to phases that it has reached. */
export const RESUME_RULES = ['any', 'reached'] as const;
export type ResumeRule = (typeof RESUME_RULES)[number];

export interface PhaseDefinition {
  readonly id: string;
  /** The display name. Defaults to the id. */
  readonly title?: string;
  readonly category: PhaseCategory;
}

export interface TransitionDefinition {
  readonly from: string;
  readonly to: string;
  /** Defaults to the kind that `kindOf` derives from the phases. */
  readonly kind?: TransitionKind;
  /** Defaults to no requirements. */
  readonly requires?: readonly Requirement[];
}

/** The phases and transitions of a workflow definition. The order of `phases` is the order of the work. */
export interface GraphDefinition {
  readonly initial: readonly string[];
  readonly phases: readonly PhaseDefinition[];
  readonly transitions: readonly TransitionDefinition[];
  /** Defaults to `any`. */
  readonly resume?: ResumeRule;
}

/** An edge out of a phase. */
export interface CompiledEdge {
  readonly to: CompiledPhase;
  readonly kind: TransitionKind;
  readonly requires: readonly Requirement[];
  /** The guards that `requires` names, in its order. */
  readonly guards: readonly ListedGuard[];
}

/** A phase with everything that the judge reads of it. */
export interface CompiledPhase {
  readonly id: string;
  readonly title: string;
  readonly category: PhaseCategory;
  /** The index in the order of the work, from 0. */
  readonly order: number;
  readonly waiting: boolean;
  /** True if no edge leads out of the phase. */
  readonly terminal: boolean;
  /** The edges out of the phase by their target, in the order of the definition. */
  readonly edges: ReadonlyMap<string, CompiledEdge>;
}

/** A workflow prepared for the judge: look-ups take constant time, whatever the size of the workflow. */
export interface CompiledWorkflow {
  readonly initial: ReadonlySet<string>;
  readonly phases: ReadonlyMap<string, CompiledPhase>;
  readonly resume: ResumeRule;
}

/** A phase during compilation. */
type OpenPhase = { -readonly [Field in keyof CompiledPhase]: CompiledPhase[Field] } & {
  edges: Map<string, CompiledEdge>;
};

const GUARD_BY_NAME: ReadonlyMap<string, ListedGuard> = new Map(REQUIREMENT_GUARDS.map((guard) => [guard.name, guard]));

/**
 * Compiles a definition. Edges of unknown phases are dropped.
 *
 * @throws Error for a requirement without a guard: a workflow of a newer version must not be judged without it
 */
export function compileWorkflow({ initial, phases, transitions, resume = 'any' }: GraphDefinition): CompiledWorkflow {
  const compiled = new Map<string, OpenPhase>();
  for (const [order, { id, title = id, category }] of phases.entries()) {
    compiled.set(id, { id, title, category, order, waiting: category === 'waiting', terminal: true, edges: new Map() });
  }
  // Equal edges into a phase are one object, and their names are those of the phases: most of a large workflow is edges.
  const shared = new Map<string, CompiledEdge>();
  for (const { from, to, kind, requires = [] } of transitions) {
    const [source, target] = [compiled.get(from), compiled.get(to)];
    if (source === undefined || target === undefined) continue;
    source.terminal = false;
    const edge = { to: target, kind: kind ?? kindOf(source, target), requires };
    const name = `${edge.kind} ${requires.join(' ')} ${target.order}`;
    const compiledEdge = shared.get(name) ?? { ...edge, guards: requires.map(guardNamed) };
    shared.set(name, compiledEdge);
    source.edges.set(target.id, compiledEdge);
  }
  return { initial: new Set(initial), phases: compiled, resume };
}

function guardNamed(requirement: Requirement): ListedGuard {
  const guard = GUARD_BY_NAME.get(requirement);
  if (guard === undefined) throw new Error(`Unknown requirement ${JSON.stringify(requirement)}`);
  return guard;
}

/** Returns the default kind of a transition between two phases. */
export function kindOf(
  from: Pick<CompiledPhase, 'waiting' | 'order'>,
  to: Pick<CompiledPhase, 'waiting' | 'order'>,
): TransitionKind {
  if (to.waiting) return 'block';
  if (from.waiting) return 'resume';
  return to.order < from.order ? 'regression' : 'forward';
}
