import { SDLC } from '../../src/machine/sdlc';
import { completeWorkflow, type WorkflowDefinition } from '../../src/machine/workflow';
import type { StoredGraph } from '../../src/audit/stored-graph';

/** A workflow with a waiting phase, a regression and requirements. */
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

/** The second version of `REPAIRS`: two phases replace `on the bench`, and `promised` is removed. */
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

/** The mapping of the phases of the first version to those of the second. */
export const REPAIRS_PLAN: Readonly<Record<string, string>> = {
  'taken in': 'taken in',
  promised: 'taken in',
  'on the bench': 'repair',
  'waiting for parts': 'waiting for parts',
  ready: 'ready',
  fetched: 'fetched',
};

/** Returns a workflow version as the application stores it. */
export function storedVersion(id: number, workflow: WorkflowDefinition, version = 1): StoredGraph {
  const definition = completeWorkflow(workflow);
  const edges = definition.transitions.map(({ from, to }) => ({ from, to }));
  const { key } = workflow;
  return { ...VERSION, id, workflow: key, version, edges, definition, digestAgrees: true };
}

/** Returns a workflow version that was inserted by hand, without a definition. */
export function storedByHand(id: number, workflow: string, edges: StoredGraph['edges'], version = 1): StoredGraph {
  return { ...VERSION, id, workflow, version, edges, definition: null, digestAgrees: false };
}

/** Returns the plan of a migration from one graph to another. */
export function storedPlan(
  id: number,
  [fromGraphId, toGraphId]: readonly [number, number],
  phases: Readonly<Record<string, string>>,
  workflow = `plan ${id}`,
): StoredGraph {
  const edges = Object.entries(phases).map(([from, to]) => ({ from, to }));
  const plan = { kind: 'migration', fromGraphId, toGraphId, definition: null, digestAgrees: false };
  return { id, workflow, version: 1, edges, ...plan };
}

const VERSION = { kind: 'workflow', fromGraphId: null, toGraphId: null } as const;

export const STORED_SDLC = storedVersion(1, SDLC);

/** The ids of the graphs of `STORED_REPAIRS`: three versions, and plans from the first to the second and from there to the third. */
export const [ONE, TWO, THREE, TO_TWO, TO_THREE] = [2, 3, 4, 12, 13] as const;
export const STORED_REPAIRS: readonly StoredGraph[] = [
  storedVersion(ONE, REPAIRS),
  storedVersion(TWO, REPAIRS_2, 2),
  storedVersion(THREE, REPAIRS, 3),
  storedPlan(TO_TWO, [ONE, TWO], REPAIRS_PLAN, 'repairs 1→2'),
  storedPlan(
    TO_THREE,
    [TWO, THREE],
    {
      ready: 'ready',
      'waiting for parts': 'waiting for parts',
      repair: 'on the bench',
    },
    'repairs 2→3',
  ),
];
