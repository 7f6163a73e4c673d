import type { WorkflowDefinition } from '../src/machine/workflow';
import type { TestApp } from './app';

/** A small workflow with a waiting phase, a regression and requirements. */
export const CHORES: WorkflowDefinition = {
  key: 'chores',
  title: 'Chores',
  initial: ['open', 'triaged'],
  phases: [
    { id: 'open', category: 'todo' },
    { id: 'triaged', title: 'Looked at', category: 'todo' },
    { id: 'doing', category: 'active' },
    { id: 'auf Eis 🧊', category: 'waiting' },
    { id: 'done', category: 'done' },
    { id: 'dropped', category: 'done' },
  ],
  transitions: [
    { from: 'open', to: 'triaged' },
    { from: 'triaged', to: 'doing' },
    { from: 'doing', to: 'auf Eis 🧊', requires: ['reason'] },
    { from: 'auf Eis 🧊', to: 'doing' },
    { from: 'auf Eis 🧊', to: 'triaged' },
    { from: 'auf Eis 🧊', to: 'done' },
    { from: 'doing', to: 'open', kind: 'regression' },
    { from: 'doing', to: 'done', requires: ['reason', 'artifacts'] },
    { from: 'open', to: 'dropped' },
    { from: 'doing', to: 'dropped', requires: ['reason'] },
  ],
  resume: 'reached',
};

const WAITING = 140;
const STEPS = 359;

/**
 * The costliest workflow that the lint accepts: 500 phases and nearly 20,000 transitions, whose waiting phases lead to each
 * other, so that a ticket has a state for every pair of a waiting phase and a phase to resume in. No transition leads back to
 * `start`, so a search for a path to it visits all of them.
 */
export const HOSTILE: WorkflowDefinition = {
  key: 'hostile',
  title: 'Hostile',
  initial: ['start'],
  phases: [
    { id: 'start', category: 'todo' },
    ...Array.from({ length: STEPS }, (_, i) => ({ id: `step ${i}`, category: 'active' as const })),
    ...Array.from({ length: WAITING }, (_, i) => ({ id: `wait ${i}`, category: 'waiting' as const })),
  ],
  transitions: [
    { from: 'start', to: 'step 0' },
    ...Array.from({ length: STEPS - 1 }, (_, i) => ({ from: `step ${i}`, to: `step ${i + 1}` })),
    ...Array.from({ length: 160 }, (_, i) => ({ from: `step ${2 * i}`, to: 'wait 0' })),
    { from: 'wait 0', to: 'step 0' },
    ...Array.from({ length: WAITING * WAITING }, (_, i) => [Math.floor(i / WAITING), i % WAITING] as const)
      .filter(([from, to]) => from !== to)
      .map(([from, to]) => ({ from: `wait ${from}`, to: `wait ${to}` })),
  ],
};

/** Creates a workflow over the API and returns its version. */
export async function defineWorkflow(app: TestApp, definition: object = CHORES): Promise<number> {
  const { status, body } = await app.api.post('/api/v1/workflows').send(definition);
  expect([status === 200 || status === 201, body.detail]).toEqual([true, undefined]);
  return body.version;
}
