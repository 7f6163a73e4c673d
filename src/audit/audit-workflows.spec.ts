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
import { WorkflowVersions } from './workflow-versions';
import type { StoredGraph } from './stored-graph';

const KEYS = ['sdlc', 'repairs'];
const SOUND: readonly StoredGraph[] = [
  STORED_SDLC,
  storedVersion(2, REPAIRS),
  storedVersion(3, REPAIRS_2, 2),
  storedPlan(4, [2, 3], REPAIRS_PLAN),
];

/** Returns the findings about graphs, each as a line. */
function findingsOf(graphs: readonly StoredGraph[], keys: readonly string[] = KEYS): string[] {
  const findings = auditWorkflows({ graphs, keys }, new WorkflowVersions(graphs));
  expect(findings.every(({ ticket_id }) => ticket_id === null)).toBe(true);
  return findings.map(({ code, detail }) => `${code}: ${detail}`);
}

function changed(id: number, change: Partial<StoredGraph>): StoredGraph[] {
  return SOUND.map((graph) => (graph.id === id ? { ...graph, ...change } : graph));
}

describe('auditWorkflows', () => {
  it('finds nothing in a sound installation', () => expect(findingsOf(SOUND)).toEqual([]));

  it('accepts versions that were inserted by hand, before or after defined ones', () => {
    const edges = [{ from: 'OPEN', to: 'CLOSED' }];
    const byHand = [storedByHand(7, 'chores', edges, 3), storedByHand(8, 'repairs', edges, 3)];
    expect(findingsOf([...SOUND, ...byHand, storedVersion(9, REPAIRS, 4)])).toEqual([]);
  });

  it('accepts a plan that leads to a version without a definition', () => {
    const byHand = storedByHand(7, 'chores', [{ from: 'OPEN', to: 'CLOSED' }]);
    expect(findingsOf([...SOUND, byHand, storedPlan(8, [1, 7], { DONE: 'PARKED' })])).toEqual([]);
  });
});

describe('auditWorkflows on a definition', () => {
  it('reports one that does not match its digest', () => {
    expect(findingsOf(changed(2, { digestAgrees: false }))).toEqual([
      'definition_mismatch: The definition of graph 2 (repairs 1) does not match its digest.',
    ]);
  });

  it('reports one with an unknown member', () => {
    const none =
      'definition_mismatch: The definition of graph 2 (repairs 1) is incomplete or has members of the wrong type.';
    expect(findingsOf(changed(2, { definition: { ...REPAIRS, resume: 'never' } }))).toEqual([none]);
  });

  it('reports one with the key of another workflow', () => {
    expect(findingsOf(changed(3, { definition: storedVersion(3, { ...REPAIRS_2, key: 'cars' }).definition }))).toEqual([
      'definition_mismatch: The definition of graph 3 (repairs 2) has the key cars.',
    ]);
  });

  it.each([
    ['is missing', null],
    ['was changed', { ...(STORED_SDLC.definition as object), resume: 'any' }],
  ])('reports the built-in one if it %s', (_, definition) => {
    expect(findingsOf(changed(1, { definition }))).toEqual([
      'definition_mismatch: The definition of graph 1 (sdlc 1) differs from the built-in definition.',
    ]);
  });
});

describe('auditWorkflows on edges', () => {
  it.each([1, 2])('reports those of graph %i that differ from its definition', (id) => {
    const graph = SOUND.find((one) => one.id === id)!;
    const [first, ...edges] = graph.edges;
    const name = `graph ${id} (${graph.workflow} 1)`;
    expect(findingsOf(changed(id, { edges: [...edges, { from: first!.to, to: 'LIMBO' }] }))).toEqual([
      `graph_differs: The definition of ${name} does not have the edge ${first!.to} → LIMBO.`,
      `graph_differs: The edge ${first!.from} → ${first!.to} of ${name} is missing.`,
    ]);
  });
});

describe('auditWorkflows on a plan', () => {
  it('reports phases that the versions lack, and a phase with two targets', () => {
    const edges = Object.entries({ ...REPAIRS_PLAN, diagnosis: 'on the bench' }).map(([from, to]) => ({ from, to }));
    expect(findingsOf(changed(4, { edges: [...edges, { from: 'ready', to: 'fetched' }] }))).toEqual([
      'plan_broken: Graph 4 (plan 4 1) maps diagnosis, which is not a phase of graph 2.',
      'plan_broken: Graph 4 (plan 4 1) maps a phase to on the bench, which is not a phase of graph 3.',
      'plan_broken: Graph 4 (plan 4 1) maps ready to more than one phase.',
    ]);
  });

  it.each([
    ['from', { fromGraphId: 4 }],
    ['to', { toGraphId: 99 }],
    ['from', { fromGraphId: null }],
  ])('reports one that does not lead %s a workflow version', (direction, change) => {
    expect(findingsOf(changed(4, change))).toEqual([
      `plan_broken: Graph 4 (plan 4 1) leads ${direction} a graph that is not a workflow version.`,
    ]);
  });
});

describe('auditWorkflows on version numbers', () => {
  it('reports versions of an unknown workflow', () => {
    expect(findingsOf(SOUND, ['sdlc'])).toEqual([
      'workflow_missing: There are versions of repairs, but no such workflow.',
    ]);
  });

  it('reports gaps', () => {
    expect(findingsOf(changed(3, { version: 3 }))).toEqual(['version_gap: The workflow repairs lacks version 2.']);
    expect(findingsOf(changed(2, { version: 2_000_000_000 }))).toEqual([
      'version_gap: The workflow repairs lacks version 1.',
      'version_gap: The workflow repairs lacks versions 3 to 1999999999.',
    ]);
  });

  it('reports a workflow without versions', () => {
    expect(findingsOf(SOUND, [...KEYS, 'empty'])).toEqual(['version_gap: The workflow empty lacks version 1.']);
  });
});
