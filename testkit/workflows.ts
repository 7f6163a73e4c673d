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

/** Creates a workflow over the API and returns its version. */
export async function defineWorkflow(app: TestApp, definition: object = CHORES): Promise<number> {
  const { status, body } = await app.api.post('/api/v1/workflows').send(definition);
  expect([status === 200 || status === 201, body.detail]).toEqual([true, undefined]);
  return body.version;
}
