import { startBarePeer } from '../../bench/peers/bare';
import { startIdiomaticPeer } from '../../bench/peers/idiomatic';
import type { Peer } from '../../bench/peers/peer';
import { startTestApp } from '../../testkit/app';
import { createTestDatabase, type TestDatabase } from '../../testkit/database';

const TICKET = '0192f0c4-7c1e-7d3a-8a4e-2f6f3c1b9a55';
const PATH = ['REQUIREMENTS', 'BLOCKED', 'REQUIREMENTS', 'DESIGN', 'IMPLEMENTATION', 'TESTING', 'IMPLEMENTATION'];
const ILLEGAL = 'DONE';

/** Starts a server on a database with one ticket, moves the ticket along the path, and returns the rows. */
async function rowsAfterMoves(start: (database: TestDatabase) => Promise<Peer>) {
  const database = await createTestDatabase();
  await database.query(
    `WITH created AS (INSERT INTO tickets (id, title, initial_phase_id) VALUES ($1, 'Peer', 'BACKLOG'))
     INSERT INTO ticket_events (ticket_id, version, type) VALUES ($1, 1, 'created')`,
    [TICKET],
  );
  const server = await start(database);
  const statuses: number[] = [];
  for (const to_phase of [...PATH, ILLEGAL]) statuses.push(await move(server.origin, to_phase));
  const [ticket] = await database.query<Record<string, unknown>>(
    `SELECT id, project_id, graph_id, title, description, priority, initial_phase_id, phase_id, previous_phase_id,
            resume_phase_id, transition_count, version, archived_at,
            updated_at > created_at AND phase_entered_at > created_at AS in_order,
            phase_entered_at = (SELECT created_at FROM phase_history ORDER BY sequence DESC LIMIT 1) AS same_time
       FROM tickets`,
  );
  const history = await database.query<Record<string, unknown>>(
    `SELECT ticket_id, sequence, id IS NOT NULL AS has_id, from_phase, to_phase, transition_reason, transitioned_by,
            actor_kind, artifacts, kind, graph_id, version
       FROM phase_history ORDER BY sequence`,
  );
  const events = await database.query<Record<string, unknown>>(
    'SELECT ticket_id, version, type, actor, sequence, changes FROM ticket_events ORDER BY version OFFSET 1',
  );
  await server.close();
  await database.drop();
  return { statuses, ticket, history, events };
}

async function move(origin: string, to_phase: string): Promise<number> {
  const response = await fetch(`${origin}/api/v1/tickets/${TICKET}/transition`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ to_phase, reason: `To ${to_phase}`, transitioned_by: 'agent-7' }),
  });
  await response.arrayBuffer();
  return response.status;
}

describe('The peers of the benchmark', () => {
  let phaseline: Awaited<ReturnType<typeof rowsAfterMoves>>;

  beforeAll(async () => {
    phaseline = await rowsAfterMoves((database) => startTestApp(database));
  });

  it('are compared with the rows that Phaseline writes', () => {
    expect(phaseline.statuses).toEqual([...PATH.map(() => 200), 400]);
    expect(phaseline.history).toHaveLength(PATH.length);
    expect(phaseline.ticket).toMatchObject({ phase_id: 'IMPLEMENTATION', version: 8, in_order: true, same_time: true });
  });

  it.each([
    ['bare', startBarePeer],
    ['idiomatic', startIdiomaticPeer],
  ])('include the %s peer, which writes the same rows and rejects the same transition', async (_name, start) => {
    const peer = await rowsAfterMoves(({ url }) => start({ databaseUrl: url, poolSize: 2 }));
    expect(peer).toEqual(phaseline);
  });
});
