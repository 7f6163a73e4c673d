import fc from 'fast-check';
import { compileWorkflow, type GraphDefinition, type PhaseCategory } from './compiled-workflow';
import { judge } from './judge';
import {
  misplacedPhases,
  phaseInTheWay,
  phasesWithoutPlace,
  planMigration,
  standingAfter,
  type Standing,
} from './migration';

function graphOf(phases: Record<string, PhaseCategory>) {
  const definitions = Object.entries(phases).map(([id, category]) => ({ id, category }));
  return compileWorkflow({ initial: [definitions[0]!.id], phases: definitions, transitions: [] });
}

const OLD = graphOf({ open: 'todo', doing: 'active', checking: 'active', paused: 'waiting', done: 'done' });
const NEW = graphOf({ open: 'todo', building: 'active', doing: 'active', paused: 'waiting', shipped: 'done' });
const NAMED = { doing: 'building', checking: 'doing', done: 'shipped' };

describe('planMigration', () => {
  it('sends each phase where it is told, and else to its namesake', () => {
    const { places } = planMigration(OLD, NEW, NAMED);
    expect([...places]).toEqual([
      ['open', 'open'],
      ['doing', 'building'],
      ['checking', 'doing'],
      ['paused', 'paused'],
      ['done', 'shipped'],
    ]);
  });

  it('finds the phases that are left without a place', () => {
    expect(phasesWithoutPlace(planMigration(OLD, NEW, NAMED))).toEqual([]);
    expect(phasesWithoutPlace(planMigration(OLD, NEW))).toEqual(['checking', 'done']);
  });

  it('takes no name for an object of its own', () => {
    const phases = ['constructor', 'toString'].map((id) => ({ id, category: 'active' as const }));
    const odd = compileWorkflow({ initial: ['constructor'], phases, transitions: [] });
    expect(phasesWithoutPlace(planMigration(odd, NEW))).toEqual(['constructor', 'toString']);
    expect([...planMigration(odd, odd).places.values()]).toEqual(['constructor', 'toString']);
  });
});

describe('misplacedPhases', () => {
  it('finds nothing in a sound plan, also where it says what goes without saying', () => {
    expect(misplacedPhases(OLD, NEW, NAMED)).toEqual([]);
    expect(misplacedPhases(OLD, NEW, { open: 'open' })).toEqual([]);
  });

  it('finds phases that the old version lacks, and places that the new one does', () => {
    expect(misplacedPhases(OLD, NEW, { QA: 'doing', done: 'done', checking: 'doing', constructor: 'open' })).toEqual([
      { phase: 'QA', fault: 'phase_unknown' },
      { phase: 'done', fault: 'place_unknown' },
      { phase: 'constructor', fault: 'phase_unknown' },
    ]);
  });
});

describe('standingAfter', () => {
  const after = (phase: string, resumePhase: string | null = null, named: Record<string, string> = NAMED) =>
    standingAfter(planMigration(OLD, NEW, named), { phase, resumePhase });

  it('takes a ticket to the place of its phase', () => {
    expect(after('open')).toEqual({ phase: 'open', resumePhase: null });
    expect(after('doing')).toEqual({ phase: 'building', resumePhase: null });
  });

  it('lets a ticket that waits resume in the place of the phase that it would have resumed in', () => {
    expect(after('paused', 'doing')).toEqual({ phase: 'paused', resumePhase: 'building' });
    expect(after('paused', 'open')).toEqual({ phase: 'paused', resumePhase: 'open' });
  });

  it('knows nothing reached where a ticket began waiting, or would resume in a pause', () => {
    expect(after('paused')).toEqual({ phase: 'paused', resumePhase: null });
    expect(after('paused', 'doing', { ...NAMED, doing: 'paused' })).toEqual({ phase: 'paused', resumePhase: null });
  });

  it('forgets where to resume when the ticket waits no longer', () => {
    expect(after('paused', 'doing', { ...NAMED, paused: 'open' })).toEqual({ phase: 'open', resumePhase: null });
  });

  it('lets a ticket that now waits resume where it was, if the new version has that phase', () => {
    expect(after('doing', null, { ...NAMED, doing: 'paused' })).toEqual({ phase: 'paused', resumePhase: 'doing' });
    expect(after('checking', null, { ...NAMED, checking: 'paused' })).toEqual({ phase: 'paused', resumePhase: null });
  });

  it('takes no ticket without a place, and names the phase that lacks it', () => {
    const plan = planMigration(OLD, NEW, { doing: 'building' });
    const inTheWay = (phase: string, resumePhase: string | null = null) => phaseInTheWay(plan, { phase, resumePhase });
    expect(inTheWay('done')).toBe('done');
    expect(inTheWay('paused', 'checking')).toBe('checking');
    expect(inTheWay('paused', 'doing')).toBeNull();
    expect(inTheWay('of no version')).toBe('of no version');
    expect(standingAfter(plan, { phase: 'paused', resumePhase: 'checking' })).toBeNull();
    expect(standingAfter(plan, { phase: 'done', resumePhase: null })).toBeNull();
  });

  it('does not ask where a ticket would resume that waits no longer', () => {
    const plan = planMigration(OLD, NEW, { doing: 'building', paused: 'open' });
    expect(standingAfter(plan, { phase: 'paused', resumePhase: 'checking' })).toEqual({
      phase: 'open',
      resumePhase: null,
    });
  });
});

describe('any migration', () => {
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
  const anyStanding = fc.record({ phase: fc.constantFrom(...ids), resumePhase: fc.option(fc.constantFrom(...ids)) });

  it('leaves every ticket where a ticket of the new version may stand, or says which phase is in its way', () => {
    fc.assert(
      fc.property(anyGraph, anyGraph, anyNames, anyStanding, (old, next, named, ticket: Standing) => {
        const plan = planMigration(compileWorkflow(old), compileWorkflow(next), named);
        const standing = standingAfter(plan, ticket);
        expect(standing === null).toBe(phaseInTheWay(plan, ticket) !== null);
        if (standing === null) return;
        expect(standing.phase).toBe(plan.places.get(ticket.phase));
        expect(plan.to.phases.has(standing.phase)).toBe(true);
        const { phase, resumePhase } = standing;
        if (resumePhase === null) return;
        expect([plan.to.phases.get(phase)!.waiting, plan.to.phases.get(resumePhase)!.waiting]).toEqual([true, false]);
      }),
    );
  });

  it('between versions that are alike changes nothing that the judge would notice', () => {
    fc.assert(
      fc.property(anyGraph, fc.constantFrom(...ids), anyStanding, (definition, to, { phase, resumePhase }) => {
        const graph = compileWorkflow(definition);
        // As the judge leaves it: only who waits resumes, and never in a pause.
        fc.pre(graph.phases.has(phase));
        const waits = graph.phases.get(phase)!.waiting && resumePhase !== null;
        const ticket = {
          phase,
          resumePhase: waits && graph.phases.get(resumePhase)?.waiting === false ? resumePhase : null,
        };
        const standing = standingAfter(planMigration(graph, compileWorkflow(definition)), ticket);
        expect(standing).toEqual(ticket);
        expect(judge(graph, { ...standing!, archived: false }, to)).toEqual(
          judge(graph, { ...ticket, archived: false }, to),
        );
      }),
    );
  });
});
