import {
  REPAIRS,
  REPAIRS_2,
  REPAIRS_PLAN,
  STORED_SDLC,
  storedByHand,
  storedPlan,
  storedVersion,
} from '../../test/verify/graphs';
import { auditWorkflows } from './audit-workflows';
import { Rulebook } from './rulebook';
import type { StoredGraph } from './stored-graph';

const KEYS = ['sdlc', 'repairs'];
const SOUND: readonly StoredGraph[] = [
  STORED_SDLC,
  storedVersion(2, REPAIRS),
  storedVersion(3, REPAIRS_2, 2),
  storedPlan(4, [2, 3], REPAIRS_PLAN),
];

/** The findings about graphs of which one was changed, each in a line. */
function findingsOf(graphs: readonly StoredGraph[], keys: readonly string[] = KEYS): string[] {
  const findings = auditWorkflows({ graphs, keys }, new Rulebook(graphs));
  expect(findings.every(({ ticket_id }) => ticket_id === null)).toBe(true);
  return findings.map(({ code, detail }) => `${code}: ${detail}`);
}

function changed(id: number, change: Partial<StoredGraph>): StoredGraph[] {
  return SOUND.map((graph) => (graph.id === id ? { ...graph, ...change } : graph));
}

describe('the graphs of a sound installation', () => {
  it('have no findings', () => expect(findingsOf(SOUND)).toEqual([]));

  it('have none where somebody wrote some by hand, before or after', () => {
    const edges = [{ from: 'OPEN', to: 'CLOSED' }];
    const byHand = [storedByHand(7, 'chores', edges, 3), storedByHand(8, 'repairs', edges, 3)];
    expect(findingsOf([...SOUND, ...byHand, storedVersion(9, REPAIRS, 4)])).toEqual([]);
  });

  it('have none where a plan leads from or to a graph of which only the edges are known', () => {
    const byHand = storedByHand(7, 'chores', [{ from: 'OPEN', to: 'CLOSED' }]);
    expect(findingsOf([...SOUND, byHand, storedPlan(8, [1, 7], { DONE: 'PARKED' })])).toEqual([]);
  });
});

describe('a definition', () => {
  it('that was changed is not the one of its digest', () => {
    expect(findingsOf(changed(2, { digestAgrees: false }))).toEqual([
      'definition_mismatch: Graph 2 (repairs 1) has a definition that its digest was not made of.',
    ]);
  });

  it('that is none is told as such', () => {
    const none =
      'definition_mismatch: Graph 2 (repairs 1) has a definition that is none: something is missing, or not of its kind.';
    expect(findingsOf(changed(2, { definition: { ...REPAIRS, resume: 'never' } }))).toEqual([none]);
  });

  it('of another workflow is told of', () => {
    expect(findingsOf(changed(3, { definition: storedVersion(3, { ...REPAIRS_2, key: 'cars' }).definition }))).toEqual([
      'definition_mismatch: Graph 3 (repairs 2) has a definition that is one of cars.',
    ]);
  });

  it.each([
    ['is gone', null],
    ['was changed', { ...(STORED_SDLC.definition as object), resume: 'any' }],
  ])('that is built in and %s is held against the program', (_, definition) => {
    expect(findingsOf(changed(1, { definition }))).toEqual([
      'definition_mismatch: Graph 1 (sdlc 1) has a definition that is not the one that is built in.',
    ]);
  });
});

describe('the edges of a graph', () => {
  it.each([1, 2])('are those of its definition: graph %i', (id) => {
    const graph = SOUND.find((one) => one.id === id)!;
    const [first, ...edges] = graph.edges;
    const name = `Graph ${id} (${graph.workflow} 1)`;
    expect(findingsOf(changed(id, { edges: [...edges, { from: first!.to, to: 'LIMBO' }] }))).toEqual([
      `graph_differs: ${name} should not have the edge ${first!.to} → LIMBO.`,
      `graph_differs: ${name} lacks the edge ${first!.from} → ${first!.to}.`,
    ]);
  });
});

describe('a plan', () => {
  it('leads from phases and to phases that its graphs have, each to one', () => {
    const edges = Object.entries({ ...REPAIRS_PLAN, diagnosis: 'on the bench' }).map(([from, to]) => ({ from, to }));
    expect(findingsOf(changed(4, { edges: [...edges, { from: 'ready', to: 'fetched' }] }))).toEqual([
      'plan_broken: Graph 4 (plan 4 1) leads from diagnosis, which graph 2 does not have.',
      'plan_broken: Graph 4 (plan 4 1) leads to on the bench, which graph 3 does not have.',
      'plan_broken: Graph 4 (plan 4 1) leads from ready to more than one phase.',
    ]);
  });

  it.each([
    ['from', { fromGraphId: 4 }],
    ['to', { toGraphId: 99 }],
    ['from', { fromGraphId: null }],
  ])('leads %s a version of a workflow', (direction, change) => {
    expect(findingsOf(changed(4, change))).toEqual([
      `plan_broken: Graph 4 (plan 4 1) leads ${direction} a graph that is no version of a workflow.`,
    ]);
  });
});

describe('the versions of a workflow', () => {
  it('belong to one that exists', () => {
    expect(findingsOf(SOUND, ['sdlc'])).toEqual([
      'workflow_missing: There are versions of repairs, and no such workflow.',
    ]);
  });

  it('are numbered without a gap', () => {
    expect(findingsOf(changed(3, { version: 3 }))).toEqual(['version_gap: The workflow repairs lacks version 2.']);
    expect(findingsOf(changed(2, { version: 2_000_000_000 }))).toEqual([
      'version_gap: The workflow repairs lacks version 1.',
      'version_gap: The workflow repairs lacks versions 3 to 1999999999.',
    ]);
  });

  it('begin with one: a workflow without any lacks it', () => {
    expect(findingsOf(SOUND, [...KEYS, 'empty'])).toEqual(['version_gap: The workflow empty lacks version 1.']);
  });
});
