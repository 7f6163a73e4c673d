import fc from 'fast-check';
import {
  compileWorkflow,
  PHASE_CATEGORIES,
  RESUME_RULES,
  type GraphDefinition,
  type PhaseDefinition,
} from './compiled-workflow';
import { lintWorkflow } from './lint';
import { searchPath } from './shortest-path';
import { hasErrors, LINT_CODES, type LintCode } from './lint-finding';

const IDS = ['a', 'b', 'c', 'd', 'e', '__proto__', 'constructor', '🎟'];
const id = fc.constantFrom(...IDS);
const phase = fc.record({ id, category: fc.constantFrom(...PHASE_CATEGORIES) });
const resume = fc.constantFrom(...RESUME_RULES);
const transitionsOf = (ids: fc.Arbitrary<string>) => fc.array(fc.record({ from: ids, to: ids }), { maxLength: 14 });
const anyDefinition = fc.record({
  initial: fc.array(id, { maxLength: 3 }),
  phases: fc.array(phase, { maxLength: 8 }),
  transitions: transitionsOf(id),
  resume,
});
/** Definitions without unknown or duplicate names: only their edges can be wrong. */
const graphs = fc.uniqueArray(phase, { minLength: 1, maxLength: 7, selector: (p) => p.id }).chain((phases) => {
  const known = fc.constantFrom(...phases.map((p) => p.id));
  const initial = fc.uniqueArray(known, { minLength: 1, maxLength: 3 });
  const transitions = transitionsOf(known).map((edges) =>
    edges.filter(({ from, to }, i) => from !== to && i === edges.findIndex((e) => e.from === from && e.to === to)),
  );
  return fc.record({ initial, phases: fc.constant(phases), transitions, resume });
});
const definitions = fc.oneof(anyDefinition, graphs);

describe('lintWorkflow on any definition', () => {
  it('points at members of the definition', () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        for (const { code, pointer, severity, message } of lintWorkflow(definition)) {
          const members = pointer.split('/').slice(1);
          const found = members.reduce<unknown>(
            (value, member) => (value as Record<string, unknown>)[member],
            definition,
          );
          expect(found).toBeDefined();
          expect(severity).toBe(LINT_CODES[code].severity);
          expect(message).toMatch(/^[A-Z].*\.$/);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('reports in the order of the definition, each problem once', () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        const members = ['initial', 'phases', 'transitions'];
        const findings = lintWorkflow(definition);
        const order = findings.map(({ pointer }) => {
          const [, member = '', index = '-1'] = pointer.split('/');
          return members.indexOf(member) * 1_000 + Number(index);
        });
        expect(order).toEqual([...order].sort((a, b) => a - b));
        expect(new Set(findings.map(({ code, pointer }) => `${code} ${pointer}`)).size).toBe(order.length);
      }),
      { numRuns: 1_000 },
    );
  });

  it('finds errors unless every phase can be reached and compilation drops nothing', () => {
    let sound = 0;
    fc.assert(
      fc.property(definitions, (definition) => {
        if (hasErrors(lintWorkflow(definition))) return;
        sound += 1;
        const { phases } = compileWorkflow(definition);
        expect(phases.size).toBe(definition.phases.length);
        expect([...phases.values()].reduce((sum, { edges }) => sum + edges.size, 0)).toBe(
          definition.transitions.length,
        );
        for (const { id: to } of definition.phases) expect([to, isReached(definition, to)]).toEqual([to, true]);
      }),
      { numRuns: 2_000 },
    );
    expect(sound).toBeGreaterThan(200);
  });

  it('agrees with the judge on unreachable phases', () => {
    fc.assert(
      fc.property(graphs, (definition) => {
        const expected = definition.phases.map((p) => p.id).filter((to) => !isReached(definition, to));
        expect(phasesWith(definition, 'unreachable_phase')).toEqual(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it('agrees with a search from each phase on dead ends, ways back and ways to done', () => {
    fc.assert(
      fc.property(graphs, (definition) => {
        const { phases } = definition;
        const naive = (p: PhaseDefinition): LintCode | undefined => {
          const ahead = phases.filter((other) => other.id !== p.id && leads(definition, p.id, other.id));
          if (p.category === 'done') return undefined;
          if (ahead.length === 0) return 'dead_end';
          if (p.category === 'waiting' && ahead.every((other) => other.category === 'waiting')) return 'no_way_back';
          return ahead.some((other) => other.category === 'done') ? undefined : 'no_way_to_done';
        };
        const ofCode = (code: LintCode) => phases.filter((p) => naive(p) === code).map((p) => p.id);
        expect(phasesWith(definition, 'dead_end')).toEqual(ofCode('dead_end'));
        expect(phasesWith(definition, 'no_way_back')).toEqual(ofCode('no_way_back'));
        const stuck = ofCode('no_way_to_done');
        if (phases.some((p) => p.category === 'done')) {
          expect(phasesWith(definition, 'no_way_to_done')).toEqual(stuck);
        } else {
          expect(lintWorkflow(definition).some(({ pointer }) => pointer === '/phases')).toBe(stuck.length > 0);
          expect(phasesWith(definition, 'no_way_to_done')).toEqual([]);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Returns the phases that findings of this code point at, in order. */
function phasesWith(definition: GraphDefinition, code: LintCode): string[] {
  return lintWorkflow(definition)
    .filter((finding) => finding.code === code && finding.pointer !== '/phases')
    .map(({ pointer }) => definition.phases[Number(pointer.split('/')[2])]!.id);
}

/** Returns true if the judge lets a ticket move there from an initial phase. */
function isReached(definition: GraphDefinition, to: string): boolean {
  const graph = compileWorkflow(definition);
  return definition.initial.some((from) => from === to || hasPath(graph, from, to));
}

/** Returns true if edges lead from one phase to another. */
function leads({ transitions }: GraphDefinition, from: string, to: string): boolean {
  const reached = [from];
  for (;;) {
    const edge = transitions.find((t) => reached.includes(t.from) && !reached.includes(t.to));
    if (edge === undefined) return reached.includes(to);
    reached.push(edge.to);
  }
}

function hasPath(graph: ReturnType<typeof compileWorkflow>, phase: string, to: string): boolean {
  const bound = { states: Infinity, transitions: Infinity };
  return searchPath(graph, { phase, resumePhase: null, archived: false }, to, bound).path !== null;
}
