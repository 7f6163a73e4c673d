/**
 * Workflows, written down once more from their description and not from the code: a model that shares code with what it is
 * held against proves nothing.
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

/** What one writes to define a workflow; what may be left out goes without saying. */
export interface Draft {
  readonly title: string;
  readonly initial: readonly string[];
  readonly phases: readonly (Omit<Phase, 'title'> & Partial<Phase>)[];
  readonly transitions: readonly (Pick<Transition, 'from' | 'to'> & Partial<Transition>)[];
  readonly resume?: 'any' | 'reached';
}

/** A version of a workflow, in which nothing is left out. The order of its phases is that of the work. */
export interface Workflow {
  readonly key: string;
  readonly version: number;
  readonly title: string;
  readonly initial: readonly string[];
  readonly phases: readonly Phase[];
  readonly transitions: readonly Transition[];
  readonly resume: 'any' | 'reached';
}

/** Says what goes without saying. */
export function written(key: string, version: number, draft: Draft): Workflow {
  const { title, initial, resume = 'any' } = draft;
  const phases = draft.phases.map(({ id, title: name = id, category }) => ({ id, title: name, category }));
  const transitions = draft.transitions.map(({ from, to, kind, requires = [] }) => ({
    from,
    to,
    kind: kind ?? usualKind(phases, from, to),
    requires,
  }));
  return { key, version, title, initial, phases, transitions, resume };
}

function usualKind(phases: readonly Phase[], from: string, to: string): Kind {
  const [source, target] = [from, to].map((id) => phases.findIndex((phase) => phase.id === id));
  if (phases[target!]!.category === 'waiting') return 'block';
  if (phases[source!]!.category === 'waiting') return 'resume';
  return target! < source! ? 'regression' : 'forward';
}

/** The work of the built-in workflow, in its order. */
export const WORK = ['BACKLOG', 'REQUIREMENTS', 'DESIGN', 'IMPLEMENTATION', 'TESTING', 'DEPLOYMENT', 'DONE'] as const;

function backFrom(phase: string): string[] {
  return phase === 'TESTING' ? ['IMPLEMENTATION'] : [];
}

/** BLOCKED stands beside the work: from all of it but DONE a ticket can be blocked, and it may go on in all of it but DONE. */
const SDLC_DRAFT: Draft = {
  title: 'Software development life cycle',
  initial: WORK,
  phases: [
    { id: 'BACKLOG', category: 'todo' },
    ...WORK.slice(1, -1).map((id) => ({ id, category: 'active' as const })),
    { id: 'DONE', category: 'done' },
    { id: 'BLOCKED', category: 'waiting' },
  ],
  transitions: [
    ...WORK.slice(0, -1).flatMap((from, step) =>
      [WORK[step + 1]!, ...backFrom(from), 'BLOCKED'].map((to) => ({ from, to })),
    ),
    ...WORK.slice(0, -1).map((to) => ({ from: 'BLOCKED', to })),
  ],
  resume: 'reached',
};

export const SDLC = written('sdlc', 1, SDLC_DRAFT);
