import type { QueryResultRow } from 'pg';
import { dataSourceOptions } from '../../ormconfig';
import { migrate } from '../../src/database/migrate';
import { Session } from '../../src/transfer/import/session';
import { verifyDatabase } from '../../src/verify/verify-database';
import { startTestApp, type TestApp } from '../../testkit/app';
import { query } from '../../testkit/cluster';
import { eventually } from '../../testkit/eventually';
import { DatabaseProxy } from '../../testkit/proxy';
import { ReplicatedPostgres } from '../../testkit/replicated-postgres';
import { createTicket, moveAlong } from '../../testkit/tickets';

let postgres: ReplicatedPostgres;
/** The name under which the application knows the primary. */
let name: DatabaseProxy;
let app: TestApp;

beforeAll(async () => {
  postgres = await ReplicatedPostgres.start('standby', true, async (primary) => {
    await migrate(dataSourceOptions(primary.urlOf('postgres')));
  });
  const url = postgres.primary.urlOf('postgres');
  name = await DatabaseProxy.to(url);
  app = await startTestApp({ url: name.url, query: onPrimary, drop: async () => undefined });
});
afterAll(async () => {
  await app.close();
  await name.refuse();
  await postgres.stop();
});

function onPrimary<R extends QueryResultRow>(sql: string, values?: unknown[]): Promise<R[]> {
  return query<R>(postgres.primary.urlOf('postgres'), sql, values);
}

/** Waits until a COMMIT waits for the standby. */
function untilCommitWaits(): Promise<unknown> {
  return eventually(async () => {
    const rows = await onPrimary(`SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'`);
    return rows.length > 0;
  });
}

/** Cancels the next COMMIT that waits for the standby. */
async function cancelNextWait(): Promise<void> {
  await untilCommitWaits();
  expect(await postgres.cancelWaits()).toBe(1);
}

const move = (id: string, headers: Record<string, string> = {}) =>
  app.api.post(`/api/v1/tickets/${id}/transition`).set(headers).send({ to_phase: 'REQUIREMENTS' });

/** Returns the transitions that the standby has. */
async function idsOnStandby(ticketId: string): Promise<string[]> {
  const rows = await query<{ id: string }>(
    postgres.standby.urlOf('postgres'),
    'SELECT id FROM phase_history WHERE ticket_id = $1 ORDER BY sequence',
    [ticketId],
  );
  return rows.map(({ id }) => id);
}

describe('A COMMIT whose wait for the standby is cancelled', () => {
  it('is not acknowledged while the standby does not have the transition', async () => {
    const { id } = await createTicket(app);
    await postgres.link.refuse();
    const answer = move(id).then((response) => response);
    await cancelNextWait();
    await cancelNextWait();
    const { status, body } = await answer;
    expect([status, body.code]).toEqual([503, 'outcome_unknown']);
    expect(body.detail).toContain('canceling wait for synchronous replication');
    const rows = await onPrimary('SELECT id FROM phase_history WHERE ticket_id = $1', [id]);
    expect([rows, await idsOnStandby(id)]).toEqual([[{ id: body.transition_id }], []]);
    await postgres.link.restore();
  });

  it('is acknowledged when the standby has the transition in the end', async () => {
    const { id } = await createTicket(app);
    await postgres.link.refuse();
    const answer = move(id).then((response) => response);
    await cancelNextWait();
    await untilCommitWaits();
    await postgres.link.restore();
    const { status, body } = await answer;
    expect([status, await idsOnStandby(id)]).toEqual([200, [body.transition.id]]);
  });

  it('is not acknowledged by the stored response either', async () => {
    const { id } = await createTicket(app);
    const key = { 'idempotency-key': 'one' };
    await postgres.link.refuse();
    const first = move(id, key).then((response) => response);
    await cancelNextWait();
    await cancelNextWait();
    expect((await first).body.code).toBe('outcome_unknown');
    const again = move(id, key).then((response) => response);
    await cancelNextWait();
    expect([(await again).status, (await again).body.code]).toEqual([503, 'busy']);
    const bulk = { items: [{ ticket_id: id, to_phase: 'DESIGN' }] };
    await postgres.link.restore();
    const { status, headers, body } = await move(id, key);
    expect([status, headers['idempotent-replayed']]).toEqual([200, 'true']);
    expect(await idsOnStandby(id)).toEqual([body.transition.id]);
    expect((await app.api.post('/api/v1/transitions').send(bulk)).status).toBe(200);
  });

  it('gives an unknown outcome to every other command', async () => {
    const { id } = await createTicket(app, { title: 'before' });
    await postgres.link.refuse();
    const changes = [
      () => app.api.post('/api/v1/tickets').send({ title: 'new' }),
      () => app.api.patch(`/api/v1/tickets/${id}`).send({ title: 'after' }),
      () => app.api.post('/api/v1/projects').set('idempotency-key', 'p').send({ key: 'made', title: 'made' }),
      () => app.api.post('/api/v1/projects').set('idempotency-key', 'p').send({ key: 'made', title: 'made' }),
      () => app.api.delete(`/api/v1/tickets/${id}`),
      () => app.api.delete(`/api/v1/tickets/${id}`),
    ];
    for (const change of changes) {
      const answer = change().then((response) => response);
      await cancelNextWait();
      const { status, body } = await answer;
      expect([status, body.code]).toEqual([503, 'outcome_unknown']);
    }
    await postgres.link.restore();
  });
});

describe('A session of the import', () => {
  it('rejects writes whose COMMIT did not wait for the standby, and confirms earlier ones by waiting', async () => {
    const session = await Session.open(postgres.primary.urlOf('postgres'));
    const write = { text: 'INSERT INTO projects (id, key, title) VALUES (gen_random_uuid(), $1, $1)', values: ['one'] };
    await postgres.link.refuse();
    const alone = session.query(write).catch((error: Error) => error.message);
    await cancelNextWait();
    const together = session
      .inTransaction(async () => void (await session.query({ ...write, values: ['two'] })))
      .catch((error: Error) => error.message);
    await cancelNextWait();
    const expected = expect.stringMatching(/canceling wait for synchronous replication[^]*Run the same command again/);
    expect([await alone, await together]).toEqual([expected, expected]);
    const confirmed = session.confirm();
    await untilCommitWaits();
    await postgres.link.restore();
    await confirmed;
    const rows = await query(
      postgres.standby.urlOf('postgres'),
      `SELECT key FROM projects WHERE key IN ('one', 'two')`,
    );
    expect(rows).toHaveLength(2);
    await session.close();
  });
});

describe('A fail-over to the standby', () => {
  it('keeps every acknowledged transition and loses only others, and the server goes on', async () => {
    const [kept, lost] = [await createTicket(app), await createTicket(app)];
    const { transition } = await moveAlong(app, kept.id, 'REQUIREMENTS', 'DESIGN');
    await postgres.link.refuse();
    const answer = move(lost.id).then((response) => response);
    await cancelNextWait();
    await cancelNextWait();
    expect((await answer).body.code).toBe('outcome_unknown');
    await postgres.primary.kill();
    await postgres.promote();
    await name.moveTo(postgres.standby.urlOf('postgres'));
    const { body } = await eventually(() => app.api.get(`/api/v1/tickets/${kept.id}/phase-history`).then(accepted));
    expect(body.at(-1)).toEqual(transition);
    expect((await app.api.get(`/api/v1/tickets/${lost.id}`)).body).toMatchObject({ phase_id: 'BACKLOG', version: 1 });
    await moveAlong(app, kept.id, 'IMPLEMENTATION');
    await moveAlong(app, lost.id, 'REQUIREMENTS');
    expect((await verifyDatabase(postgres.standby.urlOf('postgres'))).findings).toEqual([]);
  });
});

function accepted<T extends { status: number }>(response: T): T | undefined {
  return response.status === 200 ? response : undefined;
}
