import fc from 'fast-check';
import type { Category, Draft, Kind, Requirement } from './workflow';

/** Phase ids, some of which often reveal errors in software. */
const NAMES = [
  'open',
  'doing',
  'auf Eis 🧊',
  '工单',
  'BACKLOG',
  '__proto__',
  'constructor',
  'x'.repeat(50),
  ' ',
  "d'or",
];

const category = fc.constantFrom<Category>('todo', 'active', 'waiting', 'done');

/** Half of the edges require nothing. */
const requires = fc.oneof(
  fc.constantFrom<readonly Requirement[] | undefined>(undefined, []),
  fc.constantFrom<readonly Requirement[]>(['reason'], ['artifacts'], ['artifacts', 'reason']),
);

/** A phase and the edge that makes it reachable. Phases are referred to by number. */
const phase = fc.record({
  category,
  title: fc.option(fc.constantFrom('At it', 'Ünïcödé 🎫'), { nil: undefined }),
  parent: fc.nat(),
  isInitial: fc.boolean(),
  requires,
});

const further = fc.record({
  from: fc.nat(),
  to: fc.nat(),
  kind: fc.option(fc.constantFrom<Kind>('forward', 'regression', 'block', 'resume'), { nil: undefined }),
  requires,
});

/**
 * Small valid workflows, in which every phase is reachable: it is an initial phase, or has an edge from an earlier phase that
 * is not a waiting phase, so that the resume rule does not apply.
 */
export const soundDraft: fc.Arbitrary<Draft> = fc
  .record({
    names: fc.shuffledSubarray(NAMES, { minLength: 2, maxLength: 7 }),
    phases: fc.array(phase, { minLength: 7, maxLength: 7 }),
    further: fc.array(further, { maxLength: 14 }),
    resume: fc.constantFrom('any', 'reached', undefined),
    title: fc.constantFrom('Modelled', 'Modelliert 工'),
  })
  .map(({ names, phases, further: others, resume, title }) => {
    const chosen = names.map((id, i) => Object.assign({ id }, phases[i]!));
    const open = chosen.map((_, i) => chosen.slice(0, i).filter((earlier) => earlier.category !== 'waiting'));
    const initial = chosen.filter(({ isInitial }, i) => i === 0 || isInitial || open[i]!.length === 0);
    const edges = chosen.flatMap((reached, i) => {
      if (initial.includes(reached)) return [];
      const { id: from } = open[i]![reached.parent % open[i]!.length]!;
      return { from, to: reached.id, kind: undefined, requires: reached.requires };
    });
    const nameAt = (number: number): string => names[number % names.length]!;
    const more = others.map(({ from, to, kind, requires: what }) => {
      return { from: nameAt(from), to: nameAt(to), kind, requires: what };
    });
    return {
      title,
      initial: initial.map(({ id }) => id),
      phases: chosen.map(({ id, category: what, title: name }) => ({ id, category: what, title: name })),
      transitions: distinct([...edges, ...more]),
      resume,
    };
  });

/** Removes duplicates and loops. */
function distinct<T extends { from: string; to: string }>(transitions: readonly T[]): T[] {
  const seen = new Set<string>();
  const isNew = (ends: string): boolean => seen.size < seen.add(ends).size;
  return transitions.filter(({ from, to }) => from !== to && isNew(JSON.stringify([from, to])));
}
