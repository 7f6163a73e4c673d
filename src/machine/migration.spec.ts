import fc from 'fast-check';
import { compileWorkflow, type GraphDefinition, type PhaseCategory } from './compiled-workflow';
import { judge } from './judge';
import {
  invalidMappings,
  unmappedPhaseOf,
  unmappedPhases,
  planMigration,
  stateAfterMigration,
  type PhaseState,
} from './migration';

function graphOf(phases: Record<string, PhaseCategory>) {
  const definitions = Object.entries(phases).map(([id, category]) => ({ id, category }));
  return compileWorkflow({ initial: [definitions[0]!.id], phases: definitions, transitions: [] });
}

const OLD = graphOf({ open: 'todo', doing: 'active', checking: 'active', paused: 'waiting', done: 'done' });
const NEW = graphOf({ open: 'todo', building: 'active', doing: 'active', paused: 'waiting', shipped: 'done' });
const REQUESTED = { doing: 'building', checking: 'doing', done: 'shipped' };

describe('planMigration', () => {
  it('maps each phase to its requested target or to the phase of the same name', () => {
    const { mapping } = planMigration(OLD, NEW, REQUESTED);
    expect([...mapping]).toEqual([
      ['open', 'open'],
      ['doing', 'building'],
      ['checking', 'doing'],
      ['paused', 'paused'],
      ['done', 'shipped'],
    ]);
  });

  it('leaves phases without a target unmapped', () => {
    expect(unmappedPhases(planMigration(OLD, NEW, REQUESTED))).toEqual([]);
    expect(unmappedPhases(planMigration(OLD, NEW))).toEqual(['checking', 'done']);
  });

  it('does not confuse phase names with properties of objects', () => {
    const phases = ['constructor', 'toString'].map((id) => ({ id, category: 'active' as const }));
    const odd = compileWorkflow({ initial: ['constructor'], phases, transitions: [] });
    expect(unmappedPhases(planMigration(odd, NEW))).toEqual(['constructor', 'toString']);
    expect([...planMigration(odd, odd).mapping.values()]).toEqual(['constructor', 'toString']);
  });
});

describe('invalidMappings', () => {
  it('returns nothing for valid mappings, also for those that are the default', () => {
    expect(invalidMappings(OLD, NEW, REQUESTED)).toEqual([]);
    expect(invalidMappings(OLD, NEW, { open: 'open' })).toEqual([]);
  });

  it('returns phases that the old version lacks and targets that the new version lacks', () => {
    expect(invalidMappings(OLD, NEW, { QA: 'doing', done: 'done', checking: 'doing', constructor: 'open' })).toEqual([
      { phase: 'QA', problem: 'phase_unknown' },
      { phase: 'done', problem: 'target_unknown' },
      { phase: 'constructor', problem: 'phase_unknown' },
    ]);
  });
});

describe('stateAfterMigration', () => {
  const after = (phase: string, resumePhase: string | null = null, named: Record<string, string> = REQUESTED) =>
    stateAfterMigration(planMigration(OLD, NEW, named), { phase, resumePhase });

  it('moves a ticket to the target of its phase', () => {
    expect(after('open')).toEqual({ phase: 'open', resumePhase: null });
    expect(after('doing')).toEqual({ phase: 'building', resumePhase: null });
  });

  it('maps the resume phase of a ticket that stays waiting', () => {
    expect(after('paused', 'doing')).toEqual({ phase: 'paused', resumePhase: 'building' });
    expect(after('paused', 'open')).toEqual({ phase: 'paused', resumePhase: 'open' });
  });

  it('has no resume phase if the ticket was created waiting or would resume in a waiting phase', () => {
    expect(after('paused')).toEqual({ phase: 'paused', resumePhase: null });
    expect(after('paused', 'doing', { ...REQUESTED, doing: 'paused' })).toEqual({ phase: 'paused', resumePhase: null });
  });

  it('clears the resume phase of a ticket that stops waiting', () => {
    expect(after('paused', 'doing', { ...REQUESTED, paused: 'open' })).toEqual({ phase: 'open', resumePhase: null });
  });

  it('lets a ticket that becomes waiting resume in its old phase if the new version has it', () => {
    expect(after('doing', null, { ...REQUESTED, doing: 'paused' })).toEqual({ phase: 'paused', resumePhase: 'doing' });
    expect(after('checking', null, { ...REQUESTED, checking: 'paused' })).toEqual({
      phase: 'paused',
      resumePhase: null,
    });
  });

  it('returns null for a ticket in an unmapped phase, and the phase that prevents the migration', () => {
    const plan = planMigration(OLD, NEW, { doing: 'building' });
    const inTheWay = (phase: string, resumePhase: string | null = null) =>
      unmappedPhaseOf(plan, { phase, resumePhase });
    expect(inTheWay('done')).toBe('done');
    expect(inTheWay('paused', 'checking')).toBe('checking');
    expect(inTheWay('paused', 'doing')).toBeNull();
    expect(inTheWay('of no version')).toBe('of no version');
    expect(stateAfterMigration(plan, { phase: 'paused', resumePhase: 'checking' })).toBeNull();
    expect(stateAfterMigration(plan, { phase: 'done', resumePhase: null })).toBeNull();
  });

  it('ignores an unmapped resume phase of a ticket that stops waiting', () => {
    const plan = planMigration(OLD, NEW, { doing: 'building', paused: 'open' });
    expect(stateAfterMigration(plan, { phase: 'paused', resumePhase: 'checking' })).toEqual({
      phase: 'open',
      resumePhase: null,
    });
  });
});

describe('stateAfterMigration on any workflows', () => {
  const ids = ['a', 'b', 'c', 'd', 'ü 漢 🎟️', '__proto__'];
  const anyCategory = fc.constantFrom('todo', 'active', 'waiting', 'done' as const);
  const anyOf = (phases: readonly { id: string }[]) => fc.constantFrom(...phases.map(({ id }) => id));
  const anyGraph: fc.Arbitrary<GraphDefinition> = fc
    .subarray(ids, { minLength: 1 })
    .chain((phases) => fc.tuple(...phases.map((id) => fc.record({ id: fc.constant(id), category: anyCategory }))))
    .chain((phases) =>
      fc.record({
        initial: fc.constant([phases[0]!.id]),
        phases: fc.constant(phases),
        transitions: fc.uniqueArray(fc.record({ from: anyOf(phases), to: anyOf(phases) }), {
          selector: ({ from, to }) => `${from}>${to}`,
        }),
        resume: fc.constant('reached' as const),
      }),
    );
  const anyNames = fc.dictionary(fc.constantFrom(...ids), fc.constantFrom(...ids));
  const anyState = fc.record({ phase: fc.constantFrom(...ids), resumePhase: fc.option(fc.constantFrom(...ids)) });

  it('returns a valid state of the new version, or null if an unmapped phase prevents the migration', () => {
    fc.assert(
      fc.property(anyGraph, anyGraph, anyNames, anyState, (old, next, named, ticket: PhaseState) => {
        const plan = planMigration(compileWorkflow(old), compileWorkflow(next), named);
        const state = stateAfterMigration(plan, ticket);
        expect(state === null).toBe(unmappedPhaseOf(plan, ticket) !== null);
        if (state === null) return;
        expect(state.phase).toBe(plan.mapping.get(ticket.phase));
        expect(plan.to.phases.has(state.phase)).toBe(true);
        const { phase, resumePhase } = state;
        if (resumePhase === null) return;
        expect([plan.to.phases.get(phase)!.waiting, plan.to.phases.get(resumePhase)!.waiting]).toEqual([true, false]);
      }),
    );
  });

  it('changes nothing between equal versions', () => {
    fc.assert(
      fc.property(anyGraph, fc.constantFrom(...ids), anyState, (definition, to, { phase, resumePhase }) => {
        const graph = compileWorkflow(definition);
        // Only a waiting ticket has a resume phase, which is not a waiting phase.
        fc.pre(graph.phases.has(phase));
        const isWaiting = graph.phases.get(phase)!.waiting && resumePhase !== null;
        const ticket = {
          phase,
          resumePhase: isWaiting && graph.phases.get(resumePhase)?.waiting === false ? resumePhase : null,
        };
        const state = stateAfterMigration(planMigration(graph, compileWorkflow(definition)), ticket);
        expect(state).toEqual(ticket);
        expect(judge(graph, { ...state!, archived: false }, to)).toEqual(
          judge(graph, { ...ticket, archived: false }, to),
        );
      }),
    );
  });
});
