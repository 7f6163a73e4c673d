import { createTestDatabase, type TestDatabase } from '../support/database';
import { startServerProcess, type ServerProcess } from '../support/server-process';

/** A transaction that asked for a second connection would wait for itself. */
describe('a request with an Idempotency-Key, where there is one connection and nothing was looked up before', () => {
  let database: TestDatabase;
  let server: ServerProcess;
  beforeAll(async () => {
    database = await createTestDatabase();
    const settings = { DATABASE_URL: database.url, DB_POOL_SIZE: '1', LOG_LEVEL: 'warn', AUTH: 'off' };
    await database.query(`
      WITH project AS (INSERT INTO projects (id, key, title) VALUES (gen_random_uuid(), 'own', 'Own') RETURNING id)
      INSERT INTO tickets (id, project_id, title, initial_phase_id, phase_id)
        SELECT '01a2048b-0000-7000-8000-000000000001', id, 'before', 'BACKLOG', 'BACKLOG' FROM project`);
    server = await startServerProcess(settings);
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await database.drop();
  });

  it('is answered', async () => {
    const response = await fetch(`${server.origin}/api/v1/tickets/01a2048b-0000-7000-8000-000000000001`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'first' },
      body: '{"title": "after"}',
    });
    expect([response.status, await response.json()]).toEqual([
      200,
      expect.objectContaining({ title: 'after', project: 'own' }),
    ]);
  });
});
