import { randomUUID } from 'node:crypto';
import { PHASE_SEQUENCE } from '../../src/machine/phase';
import { startTestApp, type TestApp } from '../../testkit/app';
import { createTicket, moveAlong } from '../../testkit/tickets';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const UUIDV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let app: TestApp;
beforeAll(async () => (app = await startTestApp()));
afterAll(() => app.close());

const urlOf = (id: string): string => `/api/v1/tickets/${id}`;

/** Sets the times of a ticket to the future, which simulates a clock that is set back. */
async function putInFuture(id: string): Promise<void> {
  await app.database.query(`UPDATE tickets SET updated_at = '2100-01-01T00:00:00Z' WHERE id = $1`, [id]);
}

describe('POST /tickets', () => {
  it('creates a ticket from a title', async () => {
    const before = Date.now();
    const response = await app.api.post('/api/v1/tickets').send({ title: 'Sign in' });
    const { body, headers } = response;
    expect(response.status).toBe(201);
    expect(headers['location']).toBe(urlOf(body.id));
    expect(headers['etag']).toBe('"1"');
    expect(body).toEqual({
      id: expect.stringMatching(UUIDV7),
      project: 'default',
      workflow: 'sdlc',
      workflow_version: 1,
      title: 'Sign in',
      description: null,
      priority: 'MEDIUM',
      phase_id: 'BACKLOG',
      previous_phase_id: null,
      phase_entered_at: body.created_at,
      transition_count: 0,
      version: 1,
      created_at: expect.stringMatching(TIME),
      updated_at: body.created_at,
      archived_at: null,
    });
    expect(Math.abs(Date.parse(body.created_at) - before)).toBeLessThan(10_000);
    expect((await app.api.get(headers['location']!)).body).toEqual(body);
    expect((await app.api.get(`${urlOf(body.id)}/phase-history`)).body).toEqual([]);
  });

  it('creates a ticket from all fields', async () => {
    await app.api.post('/api/v1/projects').send({ key: 'web', title: 'Web' }).expect(201);
    const all = { title: '🎟️ “T”', description: 'a\nb\t漢', priority: 'CRITICAL', project: 'web', phase_id: 'TESTING' };
    const ticket = await createTicket(app, all);
    expect(ticket).toMatchObject({ ...all, previous_phase_id: null, transition_count: 0, version: 1 });
    expect((await app.api.get(urlOf(ticket.id))).body).toEqual(ticket);
  });

  it.each(PHASE_SEQUENCE)('creates a ticket in %s, from where it can move', async (phase_id) => {
    const ticket = await createTicket(app, { title: 'x', phase_id });
    expect([ticket.phase_id, ticket.transition_count]).toEqual([phase_id, 0]);
    const { body } = await app.api.get(`${urlOf(ticket.id)}/valid-transitions`);
    for (const to of body.valid_transitions.slice(0, 1)) await moveAlong(app, ticket.id, to);
  });

  it('accepts null as no description', async () => {
    expect((await createTicket(app, { title: 'x', description: null })).description).toBeNull();
  });
});

describe('GET /tickets/:id', () => {
  it('returns the ticket with its version as the ETag', async () => {
    const { id } = await createTicket(app);
    const { transition: _, ...moved } = await moveAlong(app, id, 'REQUIREMENTS', 'DESIGN');
    const response = await app.api.get(urlOf(id));
    expect([response.status, response.headers['etag'], response.body]).toEqual([200, '"3"', moved]);
  });
});

describe('PATCH /tickets/:id', () => {
  const edit = (id: string, body: object) => app.api.patch(urlOf(id)).send(body);

  it('accepts application/merge-patch+json', async () => {
    const { id } = await createTicket(app, { title: 'old', description: 'old' });
    const { body } = await app.api
      .patch(urlOf(id))
      .type('application/merge-patch+json; charset=utf-8')
      .send(JSON.stringify({ title: 'new', description: null }))
      .expect(200);
    expect(body).toMatchObject({ title: 'new', description: null, version: 2 });
    const { requestBody } = app.document.paths['/api/v1/tickets/{id}']!.patch!;
    expect(Object.keys((requestBody as { content: object }).content)).toEqual([
      'application/json',
      'application/merge-patch+json',
    ]);
  });

  it('changes only the fields that are sent', async () => {
    const ticket = await createTicket(app, { title: 'old', description: 'old', priority: 'LOW' });
    const { body, headers } = await edit(ticket.id, { title: 'new' }).expect(200);
    expect(body).toEqual({ ...ticket, title: 'new', version: 2, updated_at: body.updated_at });
    expect(body.updated_at >= ticket.updated_at).toBe(true);
    expect(headers['etag']).toBe('"2"');
    const all = { title: 'newest', description: '', priority: 'HIGH' };
    const last = await edit(ticket.id, all).expect(200);
    expect(last.body).toEqual({ ...body, ...all, version: 3, updated_at: last.body.updated_at });
    expect((await app.api.get(urlOf(ticket.id))).body).toEqual(last.body);
  });

  it('clears the description with null and keeps it when it is not sent', async () => {
    const { id } = await createTicket(app, { title: 'x', description: 'text' });
    expect((await edit(id, { priority: 'LOW' })).body).toMatchObject({ description: 'text', version: 2 });
    expect((await edit(id, { description: null })).body).toMatchObject({ description: null, version: 3 });
    expect((await edit(id, { description: null })).body).toMatchObject({ description: null, version: 3 });
  });

  it.each([{}, { title: 'x' }, { description: 'y', priority: 'LOW' }])(
    'creates no new version for %j',
    async (same) => {
      const ticket = await createTicket(app, { title: 'x', description: 'y', priority: 'LOW' });
      const { body, headers } = await edit(ticket.id, same).expect(200);
      expect([body, headers['etag']]).toEqual([ticket, '"1"']);
      expect((await app.api.get(urlOf(ticket.id))).body).toEqual(ticket);
    },
  );

  it.each(['phase', 'phase_id', 'to_phase', 'previous_phase_id', 'initial_phase_id', 'status'])(
    'refuses %s, and says what to use',
    async (field) => {
      const ticket = await createTicket(app);
      for (const value of ['DONE', 'BACKLOG', null]) {
        const { status, body } = await edit(ticket.id, { title: 'new', [field]: value });
        expect([status, body.code]).toEqual([400, 'use_transition_endpoint']);
        expect(body.detail).toContain('POST /api/v1/tickets/{id}/transition');
      }
      expect((await app.api.get(urlOf(ticket.id))).body).toEqual(ticket);
    },
  );

  it('rejects every edit of an archived ticket', async () => {
    const { id } = await createTicket(app, { title: 'x' });
    await app.api.delete(urlOf(id)).expect(204);
    const archived = (await app.api.get(urlOf(id))).body;
    for (const body of [{ title: 'new' }, { title: 'x' }, {}]) {
      const response = await edit(id, body);
      expect([response.status, response.body.code]).toEqual([409, 'ticket_archived']);
      expect(response.body.archived_at).toBe(archived.archived_at);
    }
    expect((await app.api.get(urlOf(id))).body).toEqual(archived);
  });

  it('returns 404 for an unknown ticket', async () => {
    const { status, body } = await edit(randomUUID(), { title: 'x' });
    expect([status, body.code]).toEqual([404, 'ticket_not_found']);
  });

  it('loses none of many concurrent edits', async () => {
    const { id } = await createTicket(app);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => edit(id, { title: `title ${i}` })));
    const versions = answers.map(({ body }) => body.version).sort((a, b) => a - b);
    expect(versions).toEqual(Array.from({ length: 20 }, (_, i) => i + 2));
    const last = answers.find(({ body }) => body.version === 21)!;
    expect((await app.api.get(urlOf(id))).body).toEqual(last.body);
  });

  it('and a concurrent transition both succeed', async () => {
    const { id } = await createTicket(app);
    const move = app.api.post(`${urlOf(id)}/transition`).send({ to_phase: 'REQUIREMENTS' });
    const answers = await Promise.all([move, edit(id, { title: 'new' })]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const { body } = await app.api.get(urlOf(id));
    expect(body).toMatchObject({ title: 'new', phase_id: 'REQUIREMENTS', version: 3, transition_count: 1 });
  });
});

describe('DELETE /tickets/:id', () => {
  it('archives the ticket once', async () => {
    const ticket = await createTicket(app);
    const first = await app.api.delete(urlOf(ticket.id));
    expect([first.status, first.text]).toEqual([204, '']);
    const { body } = await app.api.get(urlOf(ticket.id));
    expect(body).toEqual({
      ...ticket,
      version: 2,
      archived_at: expect.stringMatching(TIME),
      updated_at: body.updated_at,
    });
    expect(body.archived_at >= ticket.updated_at && body.updated_at >= body.archived_at).toBe(true);
    await app.api.delete(urlOf(ticket.id)).expect(204);
    expect((await app.api.get(urlOf(ticket.id))).body).toEqual(body);
  });

  it('keeps the history of the archived ticket', async () => {
    const { id } = await createTicket(app);
    const { transition } = await moveAlong(app, id, 'REQUIREMENTS');
    await app.api.delete(urlOf(id)).expect(204);
    expect((await app.api.get(`${urlOf(id)}/phase-history`)).body).toEqual([transition]);
  });

  it('returns 404 for an unknown ticket', async () => {
    const { status, body } = await app.api.delete(urlOf(randomUUID()));
    expect([status, body.code]).toEqual([404, 'ticket_not_found']);
  });
});

describe('POST /tickets/:id/restore', () => {
  it('restores an archived ticket once', async () => {
    const ticket = await createTicket(app);
    await app.api.delete(urlOf(ticket.id)).expect(204);
    for (let i = 0; i < 2; i += 1) {
      const { status, headers, body } = await app.api.post(`${urlOf(ticket.id)}/restore`);
      expect([status, headers['etag']]).toEqual([200, '"3"']);
      expect(body).toEqual({ ...ticket, version: 3, updated_at: body.updated_at });
    }
    await moveAlong(app, ticket.id, 'REQUIREMENTS');
    await app.api.patch(urlOf(ticket.id)).send({ title: 'new' }).expect(200);
  });

  it('changes nothing when the ticket is not archived', async () => {
    const ticket = await createTicket(app);
    const { headers, body } = await app.api.post(`${urlOf(ticket.id)}/restore`).expect(200);
    expect([headers['etag'], body]).toEqual(['"1"', ticket]);
  });

  it('returns 404 for an unknown ticket', async () => {
    const { status, body } = await app.api.post(`${urlOf(randomUUID())}/restore`);
    expect([status, body.code]).toEqual([404, 'ticket_not_found']);
  });
});

it('never lets updated_at decrease, even when the clock is set back', async () => {
  const { id } = await createTicket(app);
  await putInFuture(id);
  const commands = [
    () => app.api.patch(urlOf(id)).send({ title: 'new' }),
    () => app.api.post(`${urlOf(id)}/transition`).send({ to_phase: 'BLOCKED' }),
    () => app.api.delete(urlOf(id)),
    () => app.api.post(`${urlOf(id)}/restore`),
  ];
  for (const [i, command] of commands.entries()) {
    expect((await command()).status).toBeLessThan(300);
    const { body } = await app.api.get(urlOf(id));
    expect([body.version, body.updated_at]).toEqual([i + 2, '2100-01-01T00:00:00.000Z']);
  }
});
