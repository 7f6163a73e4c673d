import type { TestApp } from './app';
import type { TestDatabase } from './database';
import { createTicket } from './tickets';

/** States of chores tickets. `archived` tickets are in the phase `open`. */
export const CHORES_STANDINGS = ['open', 'triaged', 'doing', 'paused', 'done', 'dropped', 'archived'] as const;
export type ChoresStanding = (typeof CHORES_STANDINGS)[number];

const PATHS: Readonly<Record<ChoresStanding, readonly string[]>> = {
  open: [],
  triaged: ['triaged'],
  doing: ['triaged', 'doing'],
  paused: ['triaged', 'doing', 'auf Eis 🧊'],
  done: ['triaged', 'doing', 'done'],
  dropped: ['dropped'],
  archived: [],
};

/** Creates tickets of the first version of chores and moves each to a state. */
export function createChores(app: TestApp, standing: ChoresStanding, count = 1): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, () => createChore(app, standing)));
}

async function createChore(app: TestApp, standing: ChoresStanding): Promise<string> {
  const { id } = await createTicket(app, { title: standing, workflow: 'chores', workflow_version: 1 });
  for (const to_phase of PATHS[standing]) {
    const move = { to_phase, reason: 'because', artifacts: { of: standing } };
    await app.api.post(`/api/v1/tickets/${id}/transition`).send(move).expect(200);
  }
  if (standing === 'archived') await app.api.delete(`/api/v1/tickets/${id}`).expect(204);
  return id;
}

/**
 * Inserts many open tickets of the first version of chores, each with the event of its creation.
 *
 * @param from the id before the first one; ids ascend
 */
export async function fillChores(
  database: Pick<TestDatabase, 'query'>,
  count: number,
  from = '00000000-0000-7000-8000-000000000000',
): Promise<void> {
  const [head, tail] = [from.slice(0, 24), Number.parseInt(from.slice(24), 16)];
  await database.query(
    `WITH created AS (
       INSERT INTO tickets (id, title, initial_phase_id, phase_id, graph_id)
         SELECT ($1 || lpad(to_hex($2::bigint + i), 12, '0'))::uuid, 'chore ' || i, 'open', 'open', graphs.id
           FROM generate_series(1, $3::integer) AS i, graphs WHERE workflow = 'chores' AND graphs.version = 1
         RETURNING id, created_at)
     INSERT INTO ticket_events (ticket_id, version, type, at) SELECT id, 1, 'created', created_at FROM created`,
    [head, tail, count],
  );
}
