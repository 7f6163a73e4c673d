import { REPAIRS, STORED_SDLC, storedByHand, storedPlan, storedVersion } from '../../test/verify/graphs';
import { SDLC } from '../machine/sdlc';
import { completeWorkflow, type WorkflowDefinition } from '../machine/workflow';
import { MigrationPlans, WorkflowVersions, type AuditedVersion } from './workflow-versions';

/** Returns the version without the references between its phases. */
function flatten(audited: AuditedVersion | undefined): object {
  const { workflow, ...rest } = audited!;
  const { initial, resume, phases } = workflow;
  const edges = [...phases.values()].flatMap((phase) =>
    Array.from(phase.edges.values(), ({ to, kind, requires }) => ({ from: phase.id, to: to.id, kind, requires })),
  );
  const categories = Array.from(phases.values(), ({ id, category }) => [id, category]);
  return { ...rest, workflow: { initial: [...initial], resume, categories, edges: edges.map(textOf).sort() } };
}

function expected(workflow: WorkflowDefinition, version: number): object {
  const { initial, resume, phases, transitions } = completeWorkflow(workflow);
  const categories = phases.map(({ id, category }) => [id, category]);
  return { workflow: { initial, resume, categories, edges: transitions.map(textOf).sort() }, version, complete: true };
}

function textOf(edge: object): string {
  return JSON.stringify(edge);
}

describe('WorkflowVersions', () => {
  it('compiles stored definitions', () => {
    const versions = new WorkflowVersions([STORED_SDLC, storedVersion(2, REPAIRS, 3)]);
    expect(flatten(versions.versionOf(2))).toEqual(expected(REPAIRS, 3));
    expect(versions.edgesOnly).toEqual([]);
  });

  it('uses the built-in definition whatever is stored under its name and version', () => {
    expect(flatten(new WorkflowVersions([STORED_SDLC]).versionOf(1))).toEqual(expected(SDLC, 1));
    const forged = storedVersion(7, { ...REPAIRS, key: 'sdlc' });
    expect(flatten(new WorkflowVersions([forged]).versionOf(7))).toEqual(expected(SDLC, 1));
    expect(flatten(new WorkflowVersions([{ ...forged, version: 2 }]).versionOf(7))).toEqual(expected(REPAIRS, 2));
  });

  it.each([
    ['null', null],
    ['a text', 'repairs'],
    ['without phases', { ...REPAIRS, phases: undefined }],
    ['with a null phase', { ...REPAIRS, phases: [null] }],
    ['with an unknown category', { ...REPAIRS, phases: [{ id: 'a', title: 'a', category: 'odd' }] }],
    ['with a null target', { ...REPAIRS, transitions: [{ from: 'a', to: null, kind: 'block', requires: [] }] }],
    [
      'with an unknown requirement',
      { ...completeWorkflow(REPAIRS), transitions: [{ from: 'a', to: 'b', kind: 'block', requires: ['luck'] }] },
    ],
  ])('uses the edges only if the definition is %s', (_, definition) => {
    const byHand = storedByHand(2, 'chores', [{ from: 'OPEN', to: 'CLOSED' }], 3);
    const versions = new WorkflowVersions([{ ...byHand, definition }]);
    const { workflow, complete } = versions.versionOf(2)!;
    expect(complete).toBe(false);
    expect([...workflow.phases.get('OPEN')!.edges.keys()]).toEqual(['CLOSED']);
    expect(versions.edgesOnly).toEqual(['chores 3']);
  });

  it('has no version for a plan or for an unknown graph', () => {
    const versions = new WorkflowVersions([STORED_SDLC, storedPlan(2, [1, 3], {})]);
    expect([versions.versionOf(2), versions.versionOf(3)]).toEqual([undefined, undefined]);
    expect(versions.plans.planOf(2)).toMatchObject({ from: 1, to: 3 });
  });
});

/** Graphs 1 to 4 with the plans 1 → 2 and 2 → 3, which keep a, 1 → 3, which keeps b, and 3 → 1, which keeps a. */
const PLANS = new MigrationPlans([
  ...[1, 2, 3, 4].map((id) => storedByHand(id, 'chores', [], id)),
  storedPlan(12, [1, 2], { a: 'a', b: 'c' }),
  storedPlan(23, [2, 3], { a: 'a', b: 'b' }),
  storedPlan(13, [1, 3], { b: 'b', a: 'b' }),
  storedPlan(31, [3, 1], { a: 'a' }),
]);

describe('MigrationPlans.leads', () => {
  it.each([
    ['returns true from a graph to itself', 1, 1, 'x', true],
    ['follows a plan that keeps the phase', 1, 2, 'a', true],
    ['does not follow a plan that changes the phase', 1, 2, 'b', false],
    ['follows several plans', 1, 3, 'a', true],
    ['follows the one of two plans that keeps the phase', 1, 3, 'b', true],
    ['terminates if plans form a cycle', 2, 1, 'a', true],
    ['does not follow a plan backwards', 2, 1, 'b', false],
    ['returns false if no plan leads to the graph', 1, 4, 'a', false],
    ['starts where a plan leads to', 12, 2, 'x', true],
    ['follows plans from where a plan leads to', 12, 3, 'b', true],
    ['ends where a plan starts', 1, 12, 'x', true],
    ['follows plans to where a plan starts', 1, 23, 'a', true],
    ['returns true from a plan to one that starts there', 12, 23, 'x', true],
    ['returns false from a plan to itself', 12, 12, 'c', false],
    ['returns false for an unknown graph', 1, 99, 'a', false],
  ] as const)('%s', (_, start, goal, phase, leads) => expect(PLANS.leads(start, goal, phase)).toBe(leads));
});

describe('MigrationPlans.keeping', () => {
  it('returns the plans that keep a phase, from one graph or from all', () => {
    expect(PLANS.keeping('b', 1).map(({ id }) => id)).toEqual([13]);
    expect(PLANS.keeping('b').map(({ id }) => id)).toEqual([23, 13]);
    expect(PLANS.keeping('c')).toEqual([]);
  });
});
