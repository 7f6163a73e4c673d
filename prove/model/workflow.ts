/**
 * Workflows, implemented from their description and not from the application's code: a model that shares code with the
 * application cannot find its errors.
 */

export type Category = 'todo' | 'active' | 'waiting' | 'done';
export type Kind = 'forward' | 'regression' | 'block' | 'resume';
export type Requirement = 'reason' | 'artifacts';

export interface Phase {
  readonly id: string;
  readonly title: string;
  readonly category: Category;
}

export interface Transition {
  readonly from: string;
  readonly to: string;
  readonly kind: Kind;
  readonly requires: readonly Requirement[];
}

/** A workflow definition, in which optional members may be absent. */
export interface Draft {
  readonly title: string;
  readonly initial: readonly string[];
  readonly phases: readonly (Omit<Phase, 'title'> & Partial<Phase>)[];
  readonly transitions: readonly (Pick<Transition, 'from' | 'to'> & Partial<Transition>)[];
  readonly resume?: 'any' | 'reached';
}

/** A complete workflow version. Its phases are in the order of the work. */
export interface Workflow {
  readonly key: string;
  readonly version: number;
  readonly title: string;
  readonly initial: readonly string[];
  readonly phases: readonly Phase[];
  readonly transitions: readonly Transition[];
  readonly resume: 'any' | 'reached';
}

/** Adds the defaults of absent members. */
export function completed(key: string, version: number, draft: Draft): Workflow {
  const { title, initial, resume = 'any' } = draft;
  const phases = draft.phases.map(({ id, title: name = id, category }) => ({ id, title: name, category }));
  const transitions = draft.transitions.map(({ from, to, kind, requires = [] }) => ({
    from,
    to,
    kind: kind ?? defaultKind(phases, from, to),
    requires,
  }));
  return { key, version, title, initial, phases, transitions, resume };
}

function defaultKind(phases: readonly Phase[], from: string, to: string): Kind {
  const [source, target] = [from, to].map((id) => phases.findIndex((phase) => phase.id === id));
  if (phases[target!]!.category === 'waiting') return 'block';
  if (phases[source!]!.category === 'waiting') return 'resume';
  return target! < source! ? 'regression' : 'forward';
}

/** The sequence of the built-in workflow. */
export const SEQUENCE = [
  'BACKLOG',
  'REQUIREMENTS',
  'DESIGN',
  'IMPLEMENTATION',
  'TESTING',
  'DEPLOYMENT',
  'DONE',
] as const;

function backFrom(phase: string): string[] {
  return phase === 'TESTING' ? ['IMPLEMENTATION'] : [];
}

/** Edges lead from every phase except DONE to BLOCKED, and from BLOCKED to every phase except DONE. */
const SDLC_DRAFT: Draft = {
  title: 'Software development life cycle',
  initial: SEQUENCE,
  phases: [
    { id: 'BACKLOG', category: 'todo' },
    ...SEQUENCE.slice(1, -1).map((id) => ({ id, category: 'active' as const })),
    { id: 'DONE', category: 'done' },
    { id: 'BLOCKED', category: 'waiting' },
  ],
  transitions: [
    ...SEQUENCE.slice(0, -1).flatMap((from, i) =>
      [SEQUENCE[i + 1] ?? '', ...backFrom(from), 'BLOCKED'].map((to) => ({ from, to })),
    ),
    ...SEQUENCE.slice(0, -1).map((to) => ({ from: 'BLOCKED', to })),
  ],
  resume: 'reached',
};

export const SDLC = completed('sdlc', 1, SDLC_DRAFT);
