import { startTestApp, type TestApp } from '../../../testkit/app';
import { createTestDatabase, type TestDatabase } from '../../../testkit/database';
import { finished, LATER_CHORES, startMigration } from '../../../testkit/migrations';
import { createTicket, moveAlong } from '../../../testkit/tickets';
import { CHORES, defineWorkflow } from '../../../testkit/workflows';

type Names = 'still' | 'worked' | 'shelved' | 'taken' | 'renamed' | 'paused' | 'kept' | 'left' | 'elsewhere';

/** The ids of a world's tickets, by what is odd about them. */
export type World = Readonly<Record<Names, string>>;

/** When the ticket from elsewhere moved: later than any other. */
export const LATE = '2037-01-01T00:00:00.120Z';

const ELSEWHERE = '01a2048b-0000-7000-8000-000000000001';

/** JSON with numbers that no double can hold, and texts that are awkward in more than one way. */
const LARGE = String.raw`{"number": 12345678901234567890.123456789, "tiny": 1e-30, "text": "\u00fc\n\"🎟️\u2028", "n": {"b": [], "a": null}}`;

/** Fills a database with every kind of past that a ticket can have. */
export async function makeWorld(database: TestDatabase): Promise<World> {
  const app = await startTestApp(database);
  try {
    await app.api.post('/api/v1/projects').send({ key: 'website', title: 'Website «neu»' }).expect(201);
    await app.api.post('/api/v1/projects').send({ key: 'empty', title: 'Nothing in it' }).expect(201);
    await defineWorkflow(app, { ...CHORES, key: 'unused', project: 'website' });
    const elsewhere = await insertTicket(database);
    return { elsewhere, ...(await sdlcTickets(app)), ...(await choreTickets(app)) };
  } finally {
    await app.close();
  }
}

async function sdlcTickets(app: TestApp): Promise<Pick<World, 'still' | 'worked' | 'shelved' | 'taken'>> {
  const { id: still } = await createTicket(app, { title: 'Still', phase_id: 'DESIGN', priority: 'LOW' });
  const odd = { title: '"Ü\t漢字 🎟️\u2028', description: 'two\r\nlines \\ and\u0001', project: 'website' };
  const { id: worked } = await createTicket(app, odd);
  await moveAlong(app, worked, 'REQUIREMENTS', 'BLOCKED', 'BACKLOG', 'REQUIREMENTS', 'DESIGN', 'BLOCKED');
  await app.api.patch(`/api/v1/tickets/${worked}`).send({ priority: 'CRITICAL' }).expect(200);
  const { id: shelved } = await createTicket(app, { title: 'Shelved' });
  await moveAlong(app, shelved, 'REQUIREMENTS');
  await app.api.delete(`/api/v1/tickets/${shelved}`).expect(204);
  const { id: taken } = await createTicket(app, { title: 'Taken back' });
  await app.api.delete(`/api/v1/tickets/${taken}`).expect(204);
  await app.api.post(`/api/v1/tickets/${taken}/restore`).expect(200);
  await app.api.post(`/api/v1/tickets/${taken}/transition`).send({ to_phase: 'BLOCKED', reason: ' ' }).expect(200);
  return { still, worked, shelved, taken };
}

/** Tickets that went over to another version: under another name, while they wait, and as they were; and one that did not. */
async function choreTickets(app: TestApp): Promise<Pick<World, 'renamed' | 'paused' | 'kept' | 'left'>> {
  await defineWorkflow(app);
  const chore = async (...phases: string[]): Promise<string> => {
    const { id } = await createTicket(app, { title: 'Sweep', workflow: 'chores' });
    const way = { reason: 'geputzt 🧹', artifacts: { a: 1 }, transitioned_by: 'Zoë' };
    for (const to_phase of phases) {
      await app.api
        .post(`/api/v1/tickets/${id}/transition`)
        .send({ ...way, to_phase })
        .expect(200);
    }
    return id;
  };
  const renamed = await chore('triaged', 'doing');
  const paused = await chore('triaged', 'doing', 'auf Eis 🧊');
  const kept = await chore();
  const left = await chore('dropped');
  await app.api.delete(`/api/v1/tickets/${left}`).expect(204);
  await defineWorkflow(app, LATER_CHORES);
  await finished(app, await startMigration(app));
  await moveAlong(app, renamed, 'reviewing');
  await moveAlong(app, paused, 'building', 'auf Eis 🧊');
  return { renamed, paused, kept, left };
}

/** A ticket imported from another system with SQL. */
async function insertTicket(database: TestDatabase): Promise<string> {
  await database.query(`
    BEGIN;
    INSERT INTO tickets (id, title, initial_phase_id, phase_id, previous_phase_id, transition_count, version, phase_entered_at,
        updated_at, external_source, external_id)
      VALUES ('${ELSEWHERE}', 'From elsewhere', 'DEPLOYMENT', 'DONE', 'DEPLOYMENT', 1, 2, '${LATE}', '${LATE}', 'jira', 'W-1');
    INSERT INTO phase_history (ticket_id, sequence, id, from_phase, to_phase, transitioned_by, actor_kind, artifacts, graph_id,
        version, created_at)
      VALUES ('${ELSEWHERE}', 1, gen_random_uuid(), 'DEPLOYMENT', 'DONE', 'ann', 'human', '${LARGE}', 1, 2, '${LATE}');
    INSERT INTO ticket_events (ticket_id, version, type, at)
      SELECT id, 1, 'created', created_at FROM tickets WHERE id = '${ELSEWHERE}';
    INSERT INTO ticket_events (ticket_id, version, type, actor, actor_kind, sequence, at)
      VALUES ('${ELSEWHERE}', 2, 'moved', 'ann', 'human', 1, '${LATE}');
    COMMIT`);
  return ELSEWHERE;
}

/** A database that holds one. */
export async function createWorld(): Promise<{ database: TestDatabase; world: World }> {
  const database = await createTestDatabase();
  return { database, world: await makeWorld(database) };
}
