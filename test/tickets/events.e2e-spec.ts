import { randomUUID } from 'node:crypto';
import { startTestApp, type TestApp } from '../../testkit/app';
import { createTicket, moveAlong } from '../../testkit/tickets';

let app: TestApp;
beforeAll(async () => (app = await startTestApp()));
afterAll(() => app.close());

const eventsOf = async (id: string, query = '') => (await app.api.get(`/api/v1/tickets/${id}/events${query}`)).body;

describe('GET /tickets/:id/events', () => {
  it('returns one event per version, with its actor and facts', async () => {
    const { id, created_at } = await createTicket(app, { title: 'old', priority: 'LOW' });
    await app.api.patch(`/api/v1/tickets/${id}`).send({ title: 'new', priority: 'LOW' }).expect(200);
    await app.api
      .post(`/api/v1/tickets/${id}/transition`)
      .send({ to_phase: 'REQUIREMENTS', reason: 'agreed', transitioned_by: 'agent-7' })
      .expect(200);
    await app.api.delete(`/api/v1/tickets/${id}`).expect(204);
    const { body: ticket } = await app.api.post(`/api/v1/tickets/${id}/restore`).expect(200);
    const who = { project: 'default', ticket_id: id, actor: 'system', actor_kind: 'system' };
    const transition = {
      sequence: 1,
      from_phase: 'BACKLOG',
      to_phase: 'REQUIREMENTS',
      kind: 'transition',
      transition_reason: 'agreed',
      transitioned_by: 'agent-7',
    };
    expect(await eventsOf(id)).toEqual([
      { ...who, version: 1, type: 'ticket.created', at: created_at },
      { ...who, version: 2, type: 'ticket.edited', at: expect.any(String), changes: { title: 'new' } },
      { ...who, version: 3, type: 'ticket.moved', at: expect.any(String), actor: 'agent-7', ...transition },
      { ...who, version: 4, type: 'ticket.archived', at: expect.any(String) },
      { ...who, version: 5, type: 'ticket.restored', at: ticket.updated_at },
    ]);
    expect(ticket.version).toBe(5);
  });

  it('returns no event for commands that changed nothing', async () => {
    const { id } = await createTicket(app, { title: 'same' });
    await app.api.patch(`/api/v1/tickets/${id}`).send({ title: 'same' }).expect(200);
    await app.api.post(`/api/v1/tickets/${id}/restore`).expect(200);
    await app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase: 'DONE' }).expect(400);
    expect(await eventsOf(id)).toHaveLength(1);
  });

  it('returns the events that a rejection lists in changes_since', async () => {
    const { id } = await createTicket(app, { title: 'x', description: 'short' });
    await app.api
      .post(`/api/v1/tickets/${id}/transition`)
      .send({ to_phase: 'REQUIREMENTS', reason: 'r'.repeat(1_001) })
      .expect(200);
    await app.api
      .patch(`/api/v1/tickets/${id}`)
      .send({ description: 'd'.repeat(1_001), priority: 'LOW' })
      .expect(200);
    await app.api.delete(`/api/v1/tickets/${id}`).expect(204);
    const events = await eventsOf(id);
    expect(events).toHaveLength(4);
    expect(events[1].transition_reason).toBe(`${'r'.repeat(1_000)}…`);
    expect(events[2].changes).toEqual({ description: `${'d'.repeat(1_000)}…`, priority: 'LOW' });
    const stale = await app.api.post(`/api/v1/tickets/${id}/restore`).set('if-match', '"1"').expect(412);
    expect(stale.body.changes_since).toEqual(events.slice(1));
  });

  it('returns pages in either order', async () => {
    const { id } = await createTicket(app);
    await moveAlong(app, id, 'REQUIREMENTS', 'DESIGN', 'IMPLEMENTATION');
    const first = await app.api.get(`/api/v1/tickets/${id}/events?limit=3&order=desc`).expect(200);
    expect(first.body.map(({ version }: { version: number }) => version)).toEqual([4, 3, 2]);
    const next = /<([^>]+)>/.exec(first.headers['link']!)![1]!;
    const second = await app.api.get(next).expect(200);
    expect(second.body.map(({ version }: { version: number }) => version)).toEqual([1]);
    expect(second.headers['link']).toBeUndefined();
  });

  it('returns 404 for a ticket that does not exist', async () => {
    const { status, body } = await app.api.get(`/api/v1/tickets/${randomUUID()}/events`);
    expect([status, body.code]).toEqual([404, 'ticket_not_found']);
  });
});

describe('Events in the database', () => {
  it.each(['UPDATE ticket_events SET actor = $$someone$$', 'DELETE FROM ticket_events', 'TRUNCATE ticket_events'])(
    'are append-only: %s',
    async (statement) => {
      await createTicket(app);
      await expect(app.database.query(statement)).rejects.toMatchObject({
        code: '23001',
        constraint: 'ticket_events_frozen',
      });
    },
  );

  it('store the transaction that wrote them', async () => {
    const { id } = await createTicket(app);
    await moveAlong(app, id, 'REQUIREMENTS');
    const rows = await app.database.query<{ tx: string }>(
      'SELECT tx FROM ticket_events WHERE ticket_id = $1 ORDER BY version',
      [id],
    );
    expect(new Set(rows.map(({ tx }) => tx)).size).toBe(2);
  });
});
