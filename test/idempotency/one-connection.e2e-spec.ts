import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from '../../testkit/database';
import { eventually } from '../../testkit/eventually';
import { startServerProcess, type ServerProcess } from '../../testkit/server-process';
import { WAITING_FOR_ME } from '../../testkit/waiting';

/** A transaction that needs a second connection would wait for itself. */
describe('a request with an Idempotency-Key on a server with one connection and empty caches', () => {
  let database: TestDatabase;
  let server: ServerProcess;
  beforeAll(async () => {
    database = await createTestDatabase();
    const settings = { DATABASE_URL: database.url, DB_POOL_SIZE: '1', LOG_LEVEL: 'warn', AUTH: 'off' };
    await database.query(`
      INSERT INTO projects (id, key, title) SELECT gen_random_uuid(), key, key FROM unnest(ARRAY['own', 'other']) AS key;
      INSERT INTO tickets (id, project_id, title, initial_phase_id, phase_id)
        SELECT v.id::uuid, project.id, v.title, 'BACKLOG', 'BACKLOG' FROM projects AS project JOIN (VALUES
          ('01a2048b-0000-7000-8000-000000000001', 'own', 'before'),
          ('01a2048b-0000-7000-8000-000000000002', 'other', 'moved'),
          ('01a2048b-0000-7000-8000-000000000003', 'own', 'waited for')) AS v (id, project, title)
          ON v.project = project.key;
      INSERT INTO ticket_events (ticket_id, version, type) SELECT id, 1, 'created' FROM tickets`);
    server = await startServerProcess(settings);
  });
  afterAll(async () => {
    await server.stop();
    await database.drop();
  });

  const send = (method: string, path: string, key: string, body: object) =>
    fetch(`${server.origin}/api/v1/tickets/${path}`, {
      method,
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(body),
    });

  it('receives a response', async () => {
    const response = await send('PATCH', '01a2048b-0000-7000-8000-000000000001', 'first', { title: 'after' });
    expect([response.status, await response.json()]).toEqual([
      200,
      expect.objectContaining({ title: 'after', project: 'own' }),
    ]);
  });

  it('receives a response to a transition while that connection waits for another session', async () => {
    const other = new Client(database.url);
    await other.connect();
    try {
      await other.query(`BEGIN; SELECT FROM tickets WHERE title = 'waited for' FOR UPDATE`);
      const waits = send('PATCH', '01a2048b-0000-7000-8000-000000000003', 'second', { title: 'after' });
      await eventually(async () => (await other.query(WAITING_FOR_ME)).rows.length > 0);
      const path = '01a2048b-0000-7000-8000-000000000002/transition';
      expect((await send('POST', path, 'third', { to_phase: 'REQUIREMENTS' })).status).toBe(200);
      await other.query('ROLLBACK');
      expect((await waits).status).toBe(200);
    } finally {
      await other.end();
    }
  });
});
