import { SDLC } from '../../src/machine/sdlc';
import { completeWorkflow, type WorkflowDefinition } from '../../src/machine/workflow';
import type { StoredGraph } from '../../src/audit/stored-graph';

/** A workflow with a pause, a way back, and moves that require something. */
export const REPAIRS: WorkflowDefinition = {
  key: 'repairs',
  title: 'Repairs',
  initial: ['taken in', 'promised'],
  phases: [
    { id: 'taken in', category: 'todo' },
    { id: 'promised', category: 'todo' },
    { id: 'on the bench', category: 'active' },
    { id: 'waiting for parts', category: 'waiting' },
    { id: 'ready', category: 'active' },
    { id: 'fetched', category: 'done' },
  ],
  transitions: [
    { from: 'taken in', to: 'on the bench' },
    { from: 'promised', to: 'taken in' },
    { from: 'promised', to: 'waiting for parts' },
    { from: 'on the bench', to: 'waiting for parts', requires: ['reason'] },
    { from: 'waiting for parts', to: 'taken in' },
    { from: 'waiting for parts', to: 'on the bench' },
    { from: 'waiting for parts', to: 'ready' },
    { from: 'on the bench', to: 'ready', requires: ['reason', 'artifacts'] },
    { from: 'ready', to: 'fetched' },
    { from: 'ready', to: 'on the bench' },
  ],
  resume: 'reached',
};

/** Its second version: the bench has become two, and nobody promises anything any more. */
export const REPAIRS_2: WorkflowDefinition = {
  ...REPAIRS,
  initial: ['taken in'],
  phases: [
    { id: 'taken in', category: 'todo' },
    { id: 'diagnosis', category: 'active' },
    { id: 'repair', category: 'active' },
    { id: 'waiting for parts', category: 'waiting' },
    { id: 'ready', category: 'active' },
    { id: 'fetched', category: 'done' },
  ],
  transitions: [
    { from: 'taken in', to: 'diagnosis' },
    { from: 'diagnosis', to: 'repair', requires: ['artifacts'] },
    { from: 'diagnosis', to: 'waiting for parts' },
    { from: 'repair', to: 'waiting for parts' },
    { from: 'waiting for parts', to: 'diagnosis' },
    { from: 'waiting for parts', to: 'repair' },
    { from: 'waiting for parts', to: 'ready' },
    { from: 'repair', to: 'ready' },
    { from: 'ready', to: 'fetched' },
  ],
};

/** Where each phase of the first version is in the second. */
export const REPAIRS_PLAN: Readonly<Record<string, string>> = {
  'taken in': 'taken in',
  promised: 'taken in',
  'on the bench': 'repair',
  'waiting for parts': 'waiting for parts',
  ready: 'ready',
  fetched: 'fetched',
};

/** A version of a workflow, as the application stores it. */
export function storedVersion(id: number, workflow: WorkflowDefinition, version = 1): StoredGraph {
  const definition = completeWorkflow(workflow);
  const edges = definition.transitions.map(({ from, to }) => ({ from, to }));
  const { key } = workflow;
  return { ...NO_PLAN, id, workflow: key, version, edges, definition, digestAgrees: true };
}

/** A graph that somebody wrote by hand. */
export function storedByHand(id: number, workflow: string, edges: StoredGraph['edges'], version = 1): StoredGraph {
  return { ...NO_PLAN, id, workflow, version, edges, definition: null, digestAgrees: false };
}

/** A plan from one graph to another. */
export function storedPlan(
  id: number,
  [fromGraphId, toGraphId]: readonly [number, number],
  phases: Readonly<Record<string, string>>,
): StoredGraph {
  const edges = Object.entries(phases).map(([from, to]) => ({ from, to }));
  const plan = { kind: 'migration', fromGraphId, toGraphId, definition: null, digestAgrees: false };
  return { id, workflow: `plan ${id}`, version: 1, edges, ...plan };
}

const NO_PLAN = { kind: 'workflow', fromGraphId: null, toGraphId: null } as const;

export const STORED_SDLC = storedVersion(1, SDLC);

/** Graphs of an installation with two workflows, of which tickets go from version to version along plans. */
export const [ONE, TWO, THREE, TO_TWO, TO_THREE] = [2, 3, 4, 12, 13] as const;
export const STORED_REPAIRS: readonly StoredGraph[] = [
  storedVersion(ONE, REPAIRS),
  storedVersion(TWO, REPAIRS_2, 2),
  storedVersion(THREE, REPAIRS, 3),
  storedPlan(TO_TWO, [ONE, TWO], REPAIRS_PLAN),
  storedPlan(TO_THREE, [TWO, THREE], {
    ready: 'ready',
    'waiting for parts': 'waiting for parts',
    repair: 'on the bench',
  }),
];
