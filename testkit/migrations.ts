import type { WorkflowDefinition } from '../src/machine/workflow';
import type { TestApp } from './app';
import { eventually } from './eventually';
import { CHORES } from './workflows';

/** Chores as they are done later: `doing` is called `building`, there is a review, and nothing is `dropped` any more. */
export const LATER_CHORES: WorkflowDefinition = {
  ...CHORES,
  phases: [
    { id: 'open', category: 'todo' },
    { id: 'triaged', category: 'todo' },
    { id: 'building', category: 'active' },
    { id: 'reviewing', category: 'active' },
    { id: 'auf Eis 🧊', category: 'waiting' },
    { id: 'done', category: 'done' },
  ],
  transitions: [
    { from: 'open', to: 'triaged' },
    { from: 'triaged', to: 'building' },
    { from: 'building', to: 'reviewing' },
    { from: 'building', to: 'auf Eis 🧊' },
    { from: 'auf Eis 🧊', to: 'building' },
    { from: 'auf Eis 🧊', to: 'triaged' },
    { from: 'auf Eis 🧊', to: 'reviewing' },
    { from: 'reviewing', to: 'building', kind: 'regression' },
    { from: 'reviewing', to: 'done' },
  ],
};

/** Where the tickets of chores go. */
export const PLAN = { from_version: 1, to_version: 2, phases: { doing: 'building', dropped: 'done' } };

/** A migration as the API shows it. */
export interface Migration {
  readonly id: string;
  readonly state: string;
  readonly done: number;
  readonly moved: number;
  readonly kept: number;
  readonly skipped: number;
}

/** Begins a run over the API. */
export async function startMigration(app: TestApp, plan: object = PLAN, key = 'chores'): Promise<Migration> {
  return (await app.api.post(`/api/v1/workflows/${key}/migrations`).send(plan).expect(202)).body;
}

/** The run, as soon as it has finished. */
export function finished(app: TestApp, { id }: Pick<Migration, 'id'>, key = 'chores'): Promise<Migration> {
  return eventually(async () => {
    const { body } = await app.api.get(`/api/v1/workflows/${key}/migrations/${id}`).expect(200);
    return body.state === 'finished' && body;
  });
}
