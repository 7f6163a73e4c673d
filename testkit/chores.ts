import type { TestApp } from './app';
import { createTicket } from './tickets';

/** Where tickets of chores can be, and what was done for it. `archived` ones are open. */
export const CHORES_STANDINGS = ['open', 'triaged', 'doing', 'paused', 'done', 'dropped', 'archived'] as const;
export type ChoresStanding = (typeof CHORES_STANDINGS)[number];

const WAYS: Readonly<Record<ChoresStanding, readonly string[]>> = {
  open: [],
  triaged: ['triaged'],
  doing: ['triaged', 'doing'],
  paused: ['triaged', 'doing', 'auf Eis 🧊'],
  done: ['triaged', 'doing', 'done'],
  dropped: ['dropped'],
  archived: [],
};

/** Creates tickets of the first version of chores and moves them there, each by requests of its own. */
export function createChores(app: TestApp, standing: ChoresStanding, count = 1): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, () => createChore(app, standing)));
}

async function createChore(app: TestApp, standing: ChoresStanding): Promise<string> {
  const { id } = await createTicket(app, { title: standing, workflow: 'chores', workflow_version: 1 });
  for (const to_phase of WAYS[standing]) {
    const move = { to_phase, reason: 'because', artifacts: { of: standing } };
    await app.api.post(`/api/v1/tickets/${id}/transition`).send(move).expect(200);
  }
  if (standing === 'archived') await app.api.delete(`/api/v1/tickets/${id}`).expect(204);
  return id;
}
