import type { TestDatabase } from './database';

/**
 * Creates tickets of the first version of chores past the API, because there are so many: open ones, each with the event of
 * its creation.
 *
 * @param from the id of the first one; they ascend from it
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
