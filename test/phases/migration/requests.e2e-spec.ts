import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { startTestApp, type TestApp } from '../../../testkit/app';
import { createChores } from '../../../testkit/chores';
import { makeKey, withKey } from '../../../testkit/keys';
import { finished, LATER_CHORES, PLAN, startMigration } from '../../../testkit/migrations';
import { createTicket } from '../../../testkit/tickets';
import { CHORES, defineWorkflow } from '../../../testkit/workflows';

const MIGRATIONS = '/api/v1/workflows/chores/migrations';

let app: TestApp;
beforeEach(async () => {
  app = await startTestApp();
  await defineWorkflow(app);
  await defineWorkflow(app, LATER_CHORES);
});
afterEach(() => app.close());

describe('POST /workflows/:key/migrations', () => {
  it('returns the URL of the migration', async () => {
    const { status, headers, body } = await app.api.post(MIGRATIONS).send(PLAN);
    expect([status, headers['location']]).toEqual([202, `${MIGRATIONS}/${body.id}`]);
    expect((await app.api.get(headers['location']!)).body).toMatchObject({ id: body.id, workflow: 'chores' });
  });

  it('starts one migration for one Idempotency-Key', async () => {
    const send = () => app.api.post(MIGRATIONS).set('Idempotency-Key', 'once').send(PLAN);
    const responses = [...(await Promise.all([send(), send(), send()])), await send()];
    expect(responses.map(({ status, text }) => [status, text])).toEqual(responses.map(() => [202, responses[0]!.text]));
    expect(responses.map(({ headers }) => headers['location'])).toEqual(
      responses.map(() => `${MIGRATIONS}/${responses[0]!.body.id}`),
    );
    expect((await app.api.get(MIGRATIONS)).body).toHaveLength(1);
  });

  it('rejects a second migration of a version while one is running, and returns its id', async () => {
    const [id = ''] = await createChores(app, 'open');
    const holder = await hold(id);
    const run = await startMigration(app);
    const rejected = await Promise.all([1, 2, 3].map(() => app.api.post(MIGRATIONS).send(PLAN)));
    for (const { status, body } of rejected) {
      expect([status, body.code, body.migration_id]).toEqual([409, 'already_exists', run.id]);
      expect(body.detail).toContain(run.id);
    }
    const back = { from_version: 2, to_version: 1, phases: { building: 'doing', reviewing: 'doing' } };
    await finished(app, await startMigration(app, back));
    await holder.end();
    await finished(app, run);
    await finished(app, await startMigration(app));
  });

  it('starts one migration when many are requested at once', async () => {
    const holder = await hold((await createChores(app, 'open'))[0]!);
    const responses = await Promise.all(Array.from({ length: 8 }, () => app.api.post(MIGRATIONS).send(PLAN)));
    expect(responses.map(({ status }) => status).sort()).toEqual([202, ...Array.from({ length: 7 }, () => 409)]);
    await holder.end();
  });

  it('stores a plan of its own for each migration', async () => {
    for (const phases of [PLAN.phases, { ...PLAN.phases, dropped: 'open' }]) {
      await finished(app, await startMigration(app, { ...PLAN, phases }));
    }
    const plans = await app.database.query(`
      SELECT workflow, version, definition, (SELECT to_phase FROM graph_edges WHERE graph_id = id AND from_phase = 'dropped')
        FROM graphs WHERE kind = 'migration' ORDER BY id`);
    expect(plans).toEqual([
      { workflow: 'chores 1→2', version: 1, definition: null, to_phase: 'done' },
      { workflow: 'chores 1→2', version: 2, definition: null, to_phase: 'open' },
    ]);
    expect((await app.api.get('/api/v1/workflows/chores')).body.version).toBe(2);
    expect((await app.api.get('/api/v1/workflows')).body).toHaveLength(2);
  });
});

describe('GET /workflows/:key/migrations', () => {
  it('lists migrations by page, newest first', async () => {
    const runs: string[] = [];
    for (let i = 0; i < 5; i++) runs.unshift((await finished(app, await startMigration(app))).id);
    const first = await app.api.get(`${MIGRATIONS}?limit=2`).expect(200);
    const second = await app.api.get(/^<(.+)>; rel="next"$/.exec(first.headers['link']!)![1]!).expect(200);
    const third = await app.api.get(/^<(.+)>; rel="next"$/.exec(second.headers['link']!)![1]!).expect(200);
    const listed = [first, second, third].flatMap(({ body }) => body as { id: string; state: string }[]);
    expect(listed.map(({ id, state }) => [id, state])).toEqual(runs.map((id) => [id, 'finished']));
    expect(third.headers['link']).toBeUndefined();
    expect(first.body[0]).toEqual((await app.api.get(`${MIGRATIONS}/${runs[0]}`)).body);
  });

  it('does not list migrations of other workflows', async () => {
    const { id } = await finished(app, await startMigration(app));
    await defineWorkflow(app, { ...CHORES, key: 'other' });
    expect((await app.api.get('/api/v1/workflows/other/migrations').expect(200)).body).toEqual([]);
    expect((await app.api.get(`/api/v1/workflows/other/migrations/${id}`)).body.code).toBe('migration_not_found');
    expect((await app.api.get('/api/v1/workflows/nothing/migrations')).body.code).toBe('workflow_not_found');
    expect((await app.api.get(`/api/v1/workflows/nothing/migrations/${id}`)).body.code).toBe('workflow_not_found');
  });
});

describe('Migrations with authentication', () => {
  let secured: TestApp;
  let admin: TestApp;
  beforeEach(async () => {
    secured = await startTestApp(app.database, { authentication: true });
    admin = withKey(secured, await makeKey(secured, { name: `ada ${randomUUID()}`, actorKind: 'human' }));
  });
  afterEach(() => secured.close());

  it('record the caller in the events and the history of every migrated ticket', async () => {
    const [doing = ''] = await createChores(app, 'doing');
    const [open = ''] = await createChores(app, 'open');
    const { created_by } = (await finished(admin, await startMigration(admin))) as unknown as { created_by: string };
    expect(created_by).toMatch(/^ada /);
    const who = { actor: created_by, actor_kind: 'human' };
    for (const id of [doing, open]) {
      const { body } = await admin.api.get(`/api/v1/tickets/${id}/events?order=desc&limit=1`);
      expect(body).toMatchObject([{ type: 'ticket.migrated', ...who }]);
    }
    const { body } = await admin.api.get(`/api/v1/tickets/${doing}/phase-history?order=desc&limit=1`);
    expect(body).toMatchObject([{ kind: 'migration', transitioned_by: created_by, actor_kind: 'human' }]);
  });

  it('are allowed to an admin of one project for workflows of that project only', async () => {
    const { body: project } = await admin.api.post('/api/v1/projects').send({ key: 'mine', title: 'Mine' });
    const mine = withKey(secured, await makeKey(secured, { projectId: project.id }));
    for (const dry_run of [true, false]) {
      const { status, body } = await mine.api.post(MIGRATIONS).send({ ...PLAN, dry_run });
      expect([status, body.code]).toEqual([403, 'forbidden']);
    }
    for (const path of ['', `/${randomUUID()}`]) {
      const { status, body } = await mine.api.get(`${MIGRATIONS}${path}`);
      expect([status, body.code]).toEqual([403, 'forbidden']);
    }
    for (const definition of [CHORES, LATER_CHORES]) {
      await mine.api
        .post('/api/v1/workflows')
        .send({ ...definition, key: 'own', project: 'mine' })
        .expect(201);
    }
    await createTicket(mine, { title: 'x', workflow: 'own', workflow_version: 1 });
    const run = await finished(mine, await startMigration(mine, PLAN, 'own'), 'own');
    expect(run).toMatchObject({ done: 1 });
    const { body: other } = await admin.api.post('/api/v1/projects').send({ key: 'other', title: 'Other' });
    const outsider = withKey(secured, await makeKey(secured, { projectId: other.id }));
    for (const path of ['', `/${run.id}`]) {
      const { body } = await outsider.api.get(`/api/v1/workflows/own/migrations${path}`);
      expect(body.code).toBe('workflow_not_found');
    }
    expect((await outsider.api.post('/api/v1/workflows/own/migrations').send(PLAN)).status).toBe(404);
  });
});

/** Locks a ticket, as a transition does, until the client ends. */
async function hold(id: string): Promise<Client> {
  const client = new Client(app.database.url);
  await client.connect();
  await client.query('BEGIN');
  await client.query('SELECT FROM tickets WHERE id = $1 FOR NO KEY UPDATE', [id]);
  return client;
}
