import { startTestApp, type TestApp } from '../../support/app';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { createTicket, moveAlong } from '../../support/tickets';
import { CHORES, defineWorkflow } from '../../support/workflows';

/** Tickets of a world, by what is odd about them. */
export type World = Readonly<Record<'still' | 'worked' | 'shelved' | 'taken' | 'guarded' | 'renamed' | 'kept', string>>;

/** `chores` with two phases under new names. */
const NEXT_CHORES = JSON.parse(
  JSON.stringify(CHORES).replaceAll('"doing"', '"at it"').replaceAll('"triaged"', '"sorted"'),
);

const LARGE = `{"number": 12345678901234567890.123456789, "tiny": 1e-30, "text": "\\u00fc\\n\\"🎟️\\u2028", "n": {"b": [], "a": null}}`;

/** Fills a database with every kind of past that a ticket can have: over the API, and in SQL where that has no way yet. */
export async function makeWorld(database: TestDatabase): Promise<World> {
  const app = await startTestApp(database);
  try {
    await app.api.post('/api/v1/projects').send({ key: 'website', title: 'Website «neu»' }).expect(201);
    await app.api.post('/api/v1/projects').send({ key: 'empty', title: 'Nothing in it' }).expect(201);
    await defineWorkflow(app, { ...CHORES, key: 'unused', project: 'website' });
    await defineWorkflow(app);
    return { ...(await sdlcTickets(app)), ...(await choreTickets(app, database)) };
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

async function choreTickets(
  app: TestApp,
  database: TestDatabase,
): Promise<Pick<World, 'guarded' | 'renamed' | 'kept'>> {
  const chore = async (...phases: string[]): Promise<string> => {
    const { id } = await createTicket(app, { title: 'Sweep', workflow: 'chores', workflow_version: 1 });
    await moveAlong(app, id, ...phases);
    return id;
  };
  const [guarded, renamed, kept] = [await chore('triaged', 'doing'), await chore('triaged', 'doing'), await chore()];
  const finish = { to_phase: 'done', reason: 'geputzt 🧹', artifacts: JSON.parse('{"a": 1}'), transitioned_by: 'Zoë' };
  await app.api.post(`/api/v1/tickets/${guarded}/transition`).send(finish).expect(200);
  await app.api.post(`/api/v1/tickets/${renamed}/transition`).send({ to_phase: 'auf Eis 🧊', reason: 'zu kalt' });
  await defineWorkflow(app, NEXT_CHORES);
  await migrateChores(database, renamed, kept);
  await moveAlong(app, kept, 'sorted', 'at it', 'open');
  await database.query(
    `INSERT INTO tickets (id, title, initial_phase_id, phase_id, external_source, external_id)
       VALUES ('01a2048b-0000-7000-8000-000000000001', 'From elsewhere', 'DONE', 'DONE', 'jira', 'WEB-1')`,
  );
  await database.query(
    `INSERT INTO ticket_events (ticket_id, version, type, at)
       SELECT id, 1, 'created', created_at FROM tickets WHERE external_id = 'WEB-1'`,
  );
  return { guarded, renamed, kept };
}

/** Takes one ticket that waits to the other name of its phase and back to work, and one to the new version in its phase. */
async function migrateChores(database: TestDatabase, renamed: string, kept: string): Promise<void> {
  const version = (number: number): string =>
    `(SELECT id FROM graphs WHERE workflow = 'chores' AND version = ${number})`;
  const plan = `(SELECT id FROM graphs WHERE kind = 'migration')`;
  const now = `'2037-01-01T00:00:00.120Z'`;
  await database.query(`
    BEGIN;
    INSERT INTO graphs (workflow, version, kind, from_graph_id, to_graph_id)
      VALUES ('a plan', 1, 'migration', ${version(1)}, ${version(2)});
    INSERT INTO graph_edges VALUES (${plan}, 'open', 'open'), (${plan}, 'triaged', 'sorted'), (${plan}, 'doing', 'at it'),
      (${plan}, 'auf Eis 🧊', 'at it'), (${plan}, 'done', 'done'), (${plan}, 'dropped', 'dropped');
    UPDATE tickets SET graph_id = ${version(2)}, version = version + 1, updated_at = clock_timestamp() WHERE id = '${kept}';
    INSERT INTO ticket_events (ticket_id, version, type, changes, at)
      SELECT id, version, 'migrated', '{"workflow_version": 2}', updated_at FROM tickets WHERE id = '${kept}';
    UPDATE tickets SET graph_id = ${version(2)}, phase_id = 'at it', previous_phase_id = phase_id, resume_phase_id = NULL,
        transition_count = transition_count + 1, version = version + 1, updated_at = ${now}, phase_entered_at = ${now}
      WHERE id = '${renamed}';
    INSERT INTO phase_history (ticket_id, sequence, id, from_phase, to_phase, transitioned_by, actor_kind, artifacts, kind,
        graph_id, version, created_at)
      SELECT id, transition_count, gen_random_uuid(), 'auf Eis 🧊', 'at it', 'admin', 'human', '${LARGE}', 'migration',
          ${plan}, version, ${now} FROM tickets WHERE id = '${renamed}';
    INSERT INTO ticket_events (ticket_id, version, type, actor, actor_kind, sequence, changes, at)
      SELECT id, version, 'migrated', 'admin', 'human', transition_count, '{"workflow_version": 2}', ${now}
        FROM tickets WHERE id = '${renamed}';
    COMMIT`);
}

/** A database that holds one. */
export async function createWorld(): Promise<{ database: TestDatabase; world: World }> {
  const database = await createTestDatabase();
  return { database, world: await makeWorld(database) };
}
