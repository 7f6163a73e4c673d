import fc from 'fast-check';
import { PHASE_CATEGORIES, REQUIREMENTS, RESUME_RULES } from '../../src/machine/compiled-workflow';
import type { WorkflowDefinition } from '../../src/machine/workflow';

const IDS = ['a', 'b', 'c', 'd', 'ü 漢 🎟️', '__proto__'] as const;

const phase = fc.constantFrom(...IDS);

/** Any small workflow over the same few phases, useful or not. */
export const anyWorkflow: fc.Arbitrary<WorkflowDefinition> = fc.record({
  key: fc.constant('any'),
  title: fc.constant('Any'),
  initial: fc.uniqueArray(phase, { minLength: 1 }),
  phases: fc
    .array(fc.constantFrom(...PHASE_CATEGORIES), { minLength: IDS.length, maxLength: IDS.length })
    .map((categories) => IDS.map((id, i) => ({ id, category: categories[i]! }))),
  transitions: fc.uniqueArray(
    fc
      .record({ from: phase, to: phase, requires: fc.subarray([...REQUIREMENTS]) })
      .filter(({ from, to }) => from !== to),
    { selector: ({ from, to }) => `${from}>${to}`, minLength: 4 },
  ),
  resume: fc.constantFrom(...RESUME_RULES),
});

/** Any mapping of the phases. Most phases are mapped to themselves. */
export const anyMapping: fc.Arbitrary<Record<string, string>> = fc
  .tuple(
    ...IDS.map((id) => fc.oneof({ weight: 2, arbitrary: fc.constant<string>(id) }, { weight: 1, arbitrary: phase })),
  )
  .map((mapping) => Object.fromEntries(IDS.map((id, i) => [id, mapping[i]!])));
