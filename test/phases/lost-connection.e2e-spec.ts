import { verifyDatabase } from '../../src/verify/verify-database';
import { startTestApp, type TestApp } from '../../testkit/app';
import { createTestDatabase, type TestDatabase } from '../../testkit/database';
import { DatabaseProxy } from '../../testkit/proxy';
import { createTicket, moveAlong } from '../../testkit/tickets';

let app: TestApp;
let database: TestDatabase;
let proxy: DatabaseProxy;

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await DatabaseProxy.to(database.url);
  app = await startTestApp({ ...database, url: proxy.url });
});
afterEach(async () => expect((await verifyDatabase(database.url)).findings).toEqual([]));
afterAll(async () => {
  await app.close();
  await proxy.refuse();
  await database.drop();
});

describe('a connection that breaks during the commit of a transition', () => {
  it('makes no transition before COMMIT arrived, and the response says so', async () => {
    const { id } = await createTicket(app);
    proxy.cutNext('before COMMIT');
    const response = await app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase: 'REQUIREMENTS' });
    expect([response.status, response.body.code]).toEqual([503, 'busy']);
    expect(response.body.detail).toBe('The connection to the database broke; nothing was changed.');
    expect((await app.api.get(`/api/v1/tickets/${id}`)).body).toMatchObject({ phase_id: 'BACKLOG', version: 1 });
    await moveAlong(app, id, 'REQUIREMENTS');
  });

  it('before the response to COMMIT leads to a lookup, which finds the transition', async () => {
    const { id } = await createTicket(app);
    proxy.cutNext('after COMMIT');
    const { transition } = await moveAlong(app, id, 'REQUIREMENTS');
    expect((await app.api.get(`/api/v1/tickets/${id}/phase-history`)).body).toEqual([transition]);
    await moveAlong(app, id, 'DESIGN');
  });

  it('during a batch gives every caller the correct outcome', async () => {
    for (const when of ['before COMMIT', 'after COMMIT'] as const) {
      const tickets = await Promise.all(Array.from({ length: 30 }, () => createTicket(app)));
      proxy.cutNext(when);
      const answers = await Promise.all(
        tickets.map(({ id }) => app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase: 'REQUIREMENTS' })),
      );
      for (const [i, { status, body }] of answers.entries()) {
        const rows = await database.query('SELECT id FROM phase_history WHERE ticket_id = $1', [tickets[i]!.id]);
        expect(rows).toEqual(status === 200 ? [{ id: body.transition.id }] : []);
        if (status !== 200) expect([status, body.code]).toEqual([503, 'busy']);
      }
      if (when === 'after COMMIT') expect(answers.every(({ status }) => status === 200)).toBe(true);
    }
  });

  it('while the database is unreachable gives an unknown outcome with the id of the transition', async () => {
    const { id } = await createTicket(app);
    proxy.cutNext('after COMMIT', () => proxy.refuse());
    const response = await app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase: 'REQUIREMENTS' });
    await proxy.restore();
    expect([response.status, response.body.code]).toEqual([503, 'outcome_unknown']);
    const { body } = await app.api.get(`/api/v1/tickets/${id}/phase-history`);
    expect(body.map((row: { id: string }) => row.id)).toEqual([response.body.transition_id]);
  });

  it('while it is idle does not affect the next transition', async () => {
    const { id } = await createTicket(app);
    await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    await moveAlong(app, id, 'REQUIREMENTS');
  });
});

describe('a connection that breaks during the commit of another command', () => {
  it('gives an unknown outcome and never claims that nothing was changed', async () => {
    const { id } = await createTicket(app, { title: 'before' });
    const changes = [
      () => app.api.post('/api/v1/tickets').send({ title: 'made all the same' }),
      () => app.api.post('/api/v1/projects').send({ key: 'made', title: 'made all the same' }),
      () => app.api.patch(`/api/v1/tickets/${id}`).send({ title: 'after' }),
      () => app.api.delete(`/api/v1/tickets/${id}`),
    ];
    for (const change of changes) {
      proxy.cutNext('after COMMIT');
      const { status, body } = await change();
      expect([status, body.code]).toEqual([503, 'outcome_unknown']);
      expect(body.detail).not.toMatch(/nothing was changed/i);
    }
    const tickets = await database.query('SELECT id FROM tickets WHERE title = $1', ['made all the same']);
    const projects = await database.query('SELECT id FROM projects WHERE title = $1', ['made all the same']);
    expect([tickets.length, projects.length]).toEqual([1, 1]);
    expect((await app.api.get(`/api/v1/tickets/${id}`)).body).toMatchObject({
      title: 'after',
      version: 3,
      archived_at: expect.any(String),
    });
  });
});
