import { startTestApp, type TestApp } from '../../testkit/app';
import { eventually } from '../../testkit/eventually';
import { createTicket, moveAlong } from '../../testkit/tickets';

let app: TestApp;
beforeAll(async () => (app = await startTestApp()));
afterAll(() => app.close());

/** Makes new sessions read-only, or not, and ends the sessions of the application if `isNow`. */
async function setReadOnly(value: 'on' | 'off', isNow: boolean): Promise<void> {
  const [row] = await app.database.query<{ name: string }>('SELECT current_database() AS name');
  await app.database.query(`ALTER DATABASE ${row?.name} SET default_transaction_read_only = ${value}`);
  if (!isNow) return;
  await app.database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );
}

describe('A database that accepts reads only', () => {
  it('makes changes return 503, keeps reads, and is used again when it accepts changes', async () => {
    const { id } = await createTicket(app);
    const ticket = `/api/v1/tickets/${id}`;
    await setReadOnly('on', true);
    const readiness = await eventually(async () => {
      const response = await app.api.get('/health/ready');
      return response.status === 503 && response.body.detail.includes('reads only') && response;
    });
    expect(readiness.body.code).toBe('busy');
    const changes = [
      () => app.api.post(`${ticket}/transition`).send({ to_phase: 'REQUIREMENTS' }),
      () => app.api.post(`${ticket}/transition`).set('idempotency-key', 'k').send({ to_phase: 'REQUIREMENTS' }),
      () => app.api.post('/api/v1/transitions').send({ items: [{ ticket_id: id, to_phase: 'REQUIREMENTS' }] }),
      () => app.api.post('/api/v1/tickets').send({ title: 'new' }),
      () => app.api.patch(ticket).send({ title: 'other' }),
      () => app.api.delete(ticket),
      () => app.api.post('/api/v1/projects').send({ key: 'new', title: 'new' }),
    ];
    for (const change of changes) {
      const { status, body, headers } = await change();
      const problem = body.results?.[0]?.problem ?? body;
      expect([status === 200 ? 503 : status, problem.code]).toEqual([503, 'busy']);
      expect(problem.detail).toContain('accepts reads only');
      if (status === 503) expect(headers['retry-after']).toBe('1');
    }
    expect((await app.api.get(ticket)).body).toMatchObject({ title: 'x', version: 1 });

    // Sessions keep the setting that they began with, so none of the old ones may be used again.
    await setReadOnly('off', false);
    await eventually(async () => (await app.api.get('/health/ready')).status === 200);
    await eventually(async () => (await app.api.patch(ticket).send({ title: 'other' })).status === 200);
    await moveAlong(app, id, 'REQUIREMENTS', 'DESIGN');
  });
});
