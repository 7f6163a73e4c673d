import { Client } from 'pg';
import { startTestApp, type TestApp } from '../../testkit/app';
import { eventually } from '../../testkit/eventually';
import { makeKey, withKey } from '../../testkit/keys';
import { createTicket } from '../../testkit/tickets';
import { WAITING_FOR_ME } from '../../testkit/waiting';

/** A ticket that another session locks during a test. */
let app: TestApp;
let admin: TestApp;
let other: Client;
let held: string;
beforeAll(async () => {
  app = await startTestApp(undefined, { authentication: true });
  admin = withKey(app, await makeKey(app));
  held = (await createTicket(admin)).id;
  other = new Client(app.database.url);
  await other.connect();
  await other.query('SET idle_in_transaction_session_timeout = 0');
});
afterAll(async () => {
  await other.end();
  await app.close();
});
beforeEach(async () => {
  await other.query('BEGIN');
  await other.query('SELECT FROM tickets WHERE id = $1 FOR UPDATE', [held]);
});
afterEach(() => other.query('ROLLBACK'));

const bulk = (caller: TestApp, ids: readonly string[], headers: Record<string, string> = {}) =>
  caller.api
    .post('/api/v1/transitions')
    .set(headers)
    .send({ mode: 'atomic', items: ids.map((ticket_id) => ({ ticket_id, to_phase: 'REQUIREMENTS' })) });

it('a locked ticket does not delay bulk requests for other tickets', async () => {
  let waiting = 8;
  const stuck = Array.from({ length: waiting }, () => bulk(admin, [held]).then(({ status }) => (waiting--, status)));
  for (let i = 0; i < 3; i++) {
    expect((await bulk(admin, [(await createTicket(admin)).id])).status).toBe(200);
    expect((await bulk(admin, [(await createTicket(admin)).id], { 'idempotency-key': `free-${i}` })).status).toBe(200);
  }
  expect(waiting).toBe(8);
  expect(await Promise.all(stuck)).toEqual(Array.from({ length: 8 }, () => 503));
});

it('edits of a locked ticket wait on one connection and leave the others to other requests', async () => {
  let waiting = 20;
  const stuck = Array.from({ length: waiting }, (_, i) =>
    admin.api
      .patch(`/api/v1/tickets/${held}`)
      .send({ title: `edit ${i}` })
      .then(({ status }) => (waiting--, status)),
  );
  for (let i = 0; i < 5; i++) {
    const { id } = await createTicket(admin);
    expect((await admin.api.patch(`/api/v1/tickets/${id}`).send({ title: 'free' })).status).toBe(200);
  }
  expect(waiting).toBe(20);
  await other.query('ROLLBACK');
  expect(await Promise.all(stuck)).toEqual(Array.from({ length: 20 }, () => 200));
});

it('a bulk request waits for its locked ticket', async () => {
  const free = (await createTicket(admin)).id;
  const both = bulk(admin, [held, free], { 'idempotency-key': 'both' }).then(({ status }) => status);
  await eventually(async () => (await other.query(WAITING_FOR_ME)).rows.length > 0);
  await other.query('ROLLBACK');
  expect(await both).toBe(200);
});

describe('a locked ticket of another project', () => {
  let stranger: TestApp;
  let owner: TestApp;
  beforeAll(async () => {
    const { body: projects } = await admin.api.get('/api/v1/projects');
    owner = withKey(app, await makeKey(app, { projectId: projects[0].id }));
    const { body: project } = await admin.api.post('/api/v1/projects').send({ key: 'other', title: 'Other' });
    stranger = withKey(app, await makeKey(app, { projectId: project.id }));
  });

  it.each<[string, () => PromiseLike<{ status: number; body: { results?: unknown[] } }>]>([
    ['an edit', () => stranger.api.patch(`/api/v1/tickets/${held}`).send({ title: 'x' })],
    ['an archiving', () => stranger.api.delete(`/api/v1/tickets/${held}`)],
    ['a move', () => stranger.api.post(`/api/v1/tickets/${held}/transition`).send({ to_phase: 'DESIGN' })],
  ])('is not found by %s, which does not wait for it', async (_, send) => {
    expect((await send()).status).toBe(404);
  });

  it.each(['independent', 'atomic'])('is not found by an item of a bulk request in the mode %s', async (mode) => {
    const items = [{ ticket_id: held, to_phase: 'DESIGN' }];
    const { body } = await stranger.api.post('/api/v1/transitions').send({ mode, items });
    expect((body.results ?? body.refused)[0].problem.code).toBe('ticket_not_found');
  });

  describe.each([
    ['a key for all projects', () => admin],
    ['a key of its project', () => owner],
  ])('for which %s waits', (_, waiter) => {
    it('is not found by a move that arrives meanwhile, which does not wait', async () => {
      let isWaiting = true;
      const move = (caller: TestApp) =>
        caller.api.post(`/api/v1/tickets/${held}/transition`).send({ to_phase: 'REQUIREMENTS', expected_version: 99 });
      const stuck = move(waiter()).then(({ status }) => ((isWaiting = false), status));
      // The first waits in a batch of its own; the others are in the queue, or in one batch with those of the stranger.
      await eventually(async () => (await other.query(WAITING_FOR_ME)).rows.length > 0);
      const later = Array.from({ length: 3 }, () => move(waiter()).then(({ status }) => status));
      const answers = await Promise.all(Array.from({ length: 5 }, () => move(stranger)));
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
      expect(isWaiting).toBe(true);
      await other.query('ROLLBACK');
      expect(await Promise.all([stuck, ...later])).toEqual([409, 409, 409, 409]);
    });
  });
});
