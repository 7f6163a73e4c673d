import type { WorkflowDefinition } from '../src/machine/workflow';
import type { TestApp } from './app';
import { eventually } from './eventually';
import { CHORES } from './workflows';

/** The second version of chores: `doing` becomes `building`, there is a review, and `dropped` is removed. */
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

/** The migration of chores tickets. */
export const PLAN = { from_version: 1, to_version: 2, phases: { doing: 'building', dropped: 'done' } };

/** A migration in the API. */
export interface Migration {
  readonly id: string;
  readonly state: string;
  readonly done: number;
  readonly moved: number;
  readonly kept: number;
  readonly skipped: number;
}

/** Starts a migration over the API. */
export async function startMigration(app: TestApp, plan: object = PLAN, key = 'chores'): Promise<Migration> {
  return (await app.api.post(`/api/v1/workflows/${key}/migrations`).send(plan).expect(202)).body;
}

/** Waits until a migration has finished. */
export function finished(app: TestApp, { id }: Pick<Migration, 'id'>, key = 'chores'): Promise<Migration> {
  return eventually(async () => {
    const { body } = await app.api.get(`/api/v1/workflows/${key}/migrations/${id}`).expect(200);
    return body.state === 'finished' && body;
  });
}
