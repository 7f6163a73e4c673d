import fc from 'fast-check';
import type { Category, Draft, Kind, Requirement } from './workflow';

/** Names that phases may have; some have broken something somewhere. */
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

/** Nothing, half of the time. */
const requires = fc.oneof(
  fc.constantFrom<readonly Requirement[] | undefined>(undefined, []),
  fc.constantFrom<readonly Requirement[]>(['reason'], ['artifacts'], ['artifacts', 'reason']),
);

/** How a phase is reached, and what else leads to it: phases are named by their numbers. */
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
 * Small workflows that are sound: every phase can be reached. Each begins a ticket's way, or is led to by one before it that
 * is no pause, out of which every edge is open.
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
    const begins = chosen.filter(({ isInitial }, i) => i === 0 || isInitial || open[i]!.length === 0);
    const ways = chosen.flatMap((goal, i) => {
      if (begins.includes(goal)) return [];
      const { id: from } = open[i]![goal.parent % open[i]!.length]!;
      return { from, to: goal.id, kind: undefined, requires: goal.requires };
    });
    const nameAt = (number: number): string => names[number % names.length]!;
    const more = others.map(({ from, to, kind, requires: what }) => {
      return { from: nameAt(from), to: nameAt(to), kind, requires: what };
    });
    return {
      title,
      initial: begins.map(({ id }) => id),
      phases: chosen.map(({ id, category: what, title: name }) => ({ id, category: what, title: name })),
      transitions: distinct([...ways, ...more]),
      resume,
    };
  });

/** Nothing twice, and nothing from a phase to itself. */
function distinct<T extends { from: string; to: string }>(transitions: readonly T[]): T[] {
  const seen = new Set<string>();
  const isNew = (ends: string): boolean => seen.size < seen.add(ends).size;
  return transitions.filter(({ from, to }) => from !== to && isNew(JSON.stringify([from, to])));
}
