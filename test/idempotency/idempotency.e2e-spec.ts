import { createHash, randomUUID } from 'node:crypto';
import { RecordSweeper } from '../../src/idempotency/record-sweeper';
import { startTestApp, type TestApp } from '../../testkit/app';
import { createTicket, moveAlong } from '../../testkit/tickets';
import { corrupt } from '../verify/sound-tickets';

let app: TestApp;
beforeAll(async () => (app = await startTestApp()));
afterAll(() => app.close());

type Send = (key: string) => ReturnType<TestApp['api']['post']>;

const post =
  (path: string, body?: object): Send =>
  (key) =>
    app.api.post(path).set('idempotency-key', key).send(body);
const keysLike = (key: string) => app.database.query('SELECT * FROM idempotency_keys WHERE key = $1', [key]);
const digest = async () =>
  app.database.query(`SELECT 'tickets', md5(string_agg(t::text, '' ORDER BY id)) FROM tickets AS t
    UNION ALL SELECT 'history', md5(string_agg(h::text, '' ORDER BY ticket_id, sequence)) FROM phase_history AS h
    UNION ALL SELECT 'events', md5(string_agg(e::text, '' ORDER BY ticket_id, version)) FROM ticket_events AS e
    UNION ALL SELECT 'projects', count(*)::text FROM projects`);

/** Requests that each test builds anew; `prepare` creates the resources that they need. */
const REQUESTS: Record<string, { status: number; prepare: () => Promise<Send> }> = {
  'creating a ticket': { status: 201, prepare: async () => post('/api/v1/tickets', { title: 'x' }) },
  'creating a project': {
    status: 201,
    prepare: async () => post('/api/v1/projects', { key: `p${randomUUID().slice(0, 8)}`, title: 'x' }),
  },
  'editing a ticket': {
    status: 200,
    prepare: async () => {
      const { id } = await createTicket(app);
      return (key) => app.api.patch(`/api/v1/tickets/${id}`).set('idempotency-key', key).send({ title: 'y' });
    },
  },
  'archiving a ticket': {
    status: 204,
    prepare: async () => {
      const { id } = await createTicket(app);
      return (key) => app.api.delete(`/api/v1/tickets/${id}`).set('idempotency-key', key);
    },
  },
  'restoring a ticket': {
    status: 200,
    prepare: async () => {
      const { id } = await createTicket(app);
      await app.api.delete(`/api/v1/tickets/${id}`).expect(204);
      return post(`/api/v1/tickets/${id}/restore`);
    },
  },
  'revoking a key': {
    status: 204,
    prepare: async () => {
      const body = { name: `k${randomUUID().slice(0, 8)}`, actor_kind: 'agent', role: 'viewer' };
      const { id } = (await app.api.post('/api/v1/api-keys').send(body).expect(201)).body;
      return (key) => app.api.delete(`/api/v1/api-keys/${id}`).set('idempotency-key', key);
    },
  },
  'moving a ticket': {
    status: 200,
    prepare: async () =>
      post(`/api/v1/tickets/${(await createTicket(app)).id}/transition`, { to_phase: 'REQUIREMENTS' }),
  },
  'moving many tickets': {
    status: 200,
    prepare: async () => {
      const [a, b] = [await createTicket(app), await createTicket(app)];
      const item = (ticket: { id: string }, to_phase: string) => ({ ticket_id: ticket.id, to_phase });
      return post('/api/v1/transitions', { items: [item(a, 'REQUIREMENTS'), item(b, 'DONE'), item(a, 'DESIGN')] });
    },
  },
  'moving many tickets or none': {
    status: 200,
    prepare: async () => {
      const items = [{ ticket_id: (await createTicket(app)).id, to_phase: 'REQUIREMENTS' }];
      return post('/api/v1/transitions', { mode: 'atomic', items });
    },
  },
  'an illegal move': {
    status: 400,
    prepare: async () => post(`/api/v1/tickets/${(await createTicket(app)).id}/transition`, { to_phase: 'DONE' }),
  },
  'a move of a ticket that does not exist': {
    status: 404,
    prepare: async () => post(`/api/v1/tickets/${randomUUID()}/transition`, { to_phase: 'DONE' }),
  },
  'an edit of a ticket that does not exist': {
    status: 404,
    prepare: async () => {
      const id = randomUUID();
      return (key) => app.api.patch(`/api/v1/tickets/${id}`).set('idempotency-key', key).send({ title: 'y' });
    },
  },
  'a move that expects another version': {
    status: 409,
    prepare: async () => {
      const { id } = await createTicket(app);
      return post(`/api/v1/tickets/${id}/transition`, { to_phase: 'REQUIREMENTS', expected_version: 9 });
    },
  },
  'a move of an archived ticket': {
    status: 409,
    prepare: async () => {
      const { id } = await createTicket(app);
      await app.api.delete(`/api/v1/tickets/${id}`).expect(204);
      return post(`/api/v1/tickets/${id}/transition`, { to_phase: 'REQUIREMENTS' });
    },
  },
  'an edit of another version': {
    status: 412,
    prepare: async () => {
      const { id } = await createTicket(app);
      return (key) =>
        app.api.patch(`/api/v1/tickets/${id}`).set({ 'idempotency-key': key, 'if-match': '"9"' }).send({ title: 'y' });
    },
  },
  'moves of which one is refused': {
    status: 422,
    prepare: async () => {
      const items = [{ ticket_id: (await createTicket(app)).id, to_phase: 'DONE' }];
      return post('/api/v1/transitions', { mode: 'atomic', items });
    },
  },
};

describe.each(Object.entries(REQUESTS))('%s sent twice with one Idempotency-Key', (_, { status, prepare }) => {
  it('has one effect and returns the same bytes', async () => {
    const send = await prepare();
    const key = randomUUID();
    const first = await send(key);
    expect([first.status, first.headers['idempotent-replayed']]).toEqual([status, undefined]);
    const before = await digest();
    const second = await send(key);
    expect([second.status, second.text]).toEqual([status, first.text]);
    expect(second.headers['idempotent-replayed']).toBe('true');
    for (const header of ['content-type', 'etag', 'location']) {
      expect(second.headers[header]).toBe(first.headers[header]);
    }
    expect(await digest()).toEqual(before);
    expect(await keysLike(key)).toHaveLength(1);
  });

  it('has one effect when both requests arrive at the same time', async () => {
    const send = await prepare();
    const key = randomUUID();
    const answers = await Promise.all([send(key), send(key), send(key)]);
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
    expect(answers.map((answer) => answer.status)).toEqual([status, status, status]);
    const replayed = answers.filter(({ headers }) => headers['idempotent-replayed'] === 'true');
    expect(replayed).toHaveLength(2);
  });

  it('returns the stored response whatever has happened since', async () => {
    const send = await prepare();
    const key = randomUUID();
    const first = await send(key);
    const other = await send(randomUUID());
    expect(other.headers['idempotent-replayed']).toBeUndefined();
    expect((await send(key)).text).toBe(first.text);
  });
});

describe('an Idempotency-Key', () => {
  it('replays a successful transition after the ticket has moved on', async () => {
    const { id } = await createTicket(app);
    const send = post(`/api/v1/tickets/${id}/transition`, { to_phase: 'REQUIREMENTS' });
    const key = randomUUID();
    const first = await send(key);
    await moveAlong(app, id, 'DESIGN', 'IMPLEMENTATION');
    const again = await send(key);
    expect([again.status, again.text]).toEqual([200, first.text]);
    expect(again.body.phase_id).toBe('REQUIREMENTS');
  });

  it('is rejected for a request with another body, path or method, which changes nothing', async () => {
    const { id } = await createTicket(app);
    const key = randomUUID();
    await post(`/api/v1/tickets/${id}/transition`, { to_phase: 'REQUIREMENTS' })(key).expect(200);
    const others = [
      post(`/api/v1/tickets/${id}/transition`, { to_phase: 'BLOCKED' }),
      post(`/api/v1/tickets/${randomUUID()}/transition`, { to_phase: 'REQUIREMENTS' }),
      post('/api/v1/tickets', { title: 'x' }),
      (k: string) => app.api.delete(`/api/v1/tickets/${id}`).set('idempotency-key', k),
    ];
    const before = await digest();
    for (const send of others) {
      const { status, body } = await send(key);
      expect([status, body.code]).toEqual([422, 'idempotency_key_reused']);
    }
    expect(await digest()).toEqual(before);
  });

  it('is equal with and without quotes', async () => {
    const key = randomUUID();
    const send = post('/api/v1/tickets', { title: 'x' });
    const first = await send(`"${key}"`);
    expect((await send(key)).body.id).toBe(first.body.id);
  });

  it.each(['', ' ', 'with space', 'ü', 'x'.repeat(256)])('is rejected when it is %j', async (key) => {
    const { status, body } = await app.api
      .post('/api/v1/tickets')
      .set('idempotency-key', Buffer.from(key).toString('latin1'))
      .send({ title: 'x' });
    expect([status, body.errors?.[0]]).toMatchObject([400, { in: 'header', pointer: '/idempotency-key' }]);
  });

  it('is rejected when the response contains a secret, which is not stored', async () => {
    const name = `k${randomUUID().slice(0, 8)}`;
    const send = post('/api/v1/api-keys', { name, actor_kind: 'agent', role: 'viewer' });
    const { status, body } = await send(randomUUID());
    expect([status, body.errors[0].pointer]).toEqual([400, '/idempotency-key']);
    expect(await app.database.query('SELECT * FROM api_keys WHERE name = $1', [name])).toEqual([]);
  });

  it('is not stored for a rejection that may not recur', async () => {
    const key = randomUUID();
    await post('/api/v1/tickets', { title: '' })(key).expect(400);
    await post('/api/v1/projects', { key: 'default', title: 'x' })(key).expect(409);
    expect(await keysLike(key)).toEqual([]);
    await post('/api/v1/tickets', { title: 'now' })(key).expect(201);
  });

  it('in use by another process is waited for, then rejected with Retry-After', async () => {
    const key = randomUUID();
    const { id } = await createTicket(app);
    const lock = `SELECT pg_advisory_lock(hashtextextended('anonymous ' || $1, 7264001))`;
    await app.database.query(lock, [key]);
    const send = post(`/api/v1/tickets/${id}/transition`, { to_phase: 'BLOCKED' });
    const [held, other] = await Promise.all([
      send(key),
      post(`/api/v1/tickets/${id}/transition`, { to_phase: 'REQUIREMENTS' })(randomUUID()),
    ]);
    expect([held.status, held.body.code, held.headers['retry-after']]).toEqual([409, 'idempotency_key_in_use', '1']);
    expect(other.status).toBe(200);
    await app.database.query(lock.replace('pg_advisory_lock', 'pg_advisory_unlock'), [key]);
    await send(key).expect(200);
  });

  it('is deleted after a day', async () => {
    const [old, young] = [randomUUID(), randomUUID()];
    const send = post('/api/v1/tickets', { title: 'x' });
    const first = await send(old);
    const kept = await send(young);
    await corrupt(
      app.database,
      `UPDATE idempotency_keys SET created_at = clock_timestamp() - interval '24 hours 1 second' WHERE key = '${old}'`,
    );
    await app.database.query(
      `INSERT INTO idempotency_keys SELECT 'x', number::text, '', 200, '{}', '', clock_timestamp() - interval '2 days'
         FROM generate_series(1, 1200) AS number`,
    );
    expect(await app.nest.get(RecordSweeper).sweep()).toBe(1201);
    expect((await send(old)).body.id).not.toBe(first.body.id);
    expect((await send(young)).body.id).toBe(kept.body.id);
  });
});

describe('the same JSON with its members in another order', () => {
  const send = (key: string, body: string) =>
    app.api.post('/api/v1/tickets').set({ 'idempotency-key': key, 'content-type': 'application/json' }).send(body);

  it('is the same request, also in nested objects', async () => {
    const key = randomUUID();
    const first = await send(key, '{"title":"a","priority":"HIGH"}').expect(201);
    const again = await send(key, '{ "priority": "HIGH", "title": "a" }').expect(201);
    expect([again.text, again.headers['idempotent-replayed']]).toEqual([first.text, 'true']);
    const { id } = first.body;
    const move = (artifacts: string) =>
      app.api
        .post(`/api/v1/tickets/${id}/transition`)
        .set({ 'idempotency-key': `move-${key}`, 'content-type': 'application/json' })
        .send(`{"to_phase":"REQUIREMENTS","artifacts":${artifacts}}`);
    const moved = await move('{"a":[{"x":1,"y":2}],"b":2}').expect(200);
    expect((await move('{"b":2,"a":[{"y":2,"x":1}]}').expect(200)).text).toBe(moved.text);
    expect((await move('{"b":2,"a":[{"y":1,"x":2}]}').expect(422)).body.code).toBe('idempotency_key_reused');
  });

  it('shares one attempt when both arrive at the same time', async () => {
    const key = randomUUID();
    const bodies = ['{"title":"a","priority":"LOW"}', '{"priority":"LOW","title":"a"}'];
    const answers = await Promise.all(bodies.map((body) => send(key, body).expect(201)));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  });

  it('is a different request when the items of a list have another order', async () => {
    const key = randomUUID();
    const ids = [(await createTicket(app)).id, (await createTicket(app)).id];
    const bulk = (items: readonly string[]) =>
      app.api
        .post('/api/v1/transitions')
        .set('idempotency-key', key)
        .send({ items: items.map((ticket_id) => ({ ticket_id, to_phase: 'REQUIREMENTS' })) });
    await bulk(ids).expect(200);
    await bulk(ids.toReversed()).expect(422);
  });

  it('replays a response that an earlier version stored for the members in this order', async () => {
    const key = randomUUID();
    const body = '{"title":"a","priority":"HIGH"}';
    const first = await send(key, body).expect(201);
    const fingerprint = createHash('sha256').update(`POST /api/v1/tickets\n${body}`).digest();
    await app.database.query(
      `WITH stored AS (DELETE FROM idempotency_keys WHERE key = $2 RETURNING *)
         INSERT INTO idempotency_keys (scope, key, fingerprint, status, headers, body)
           SELECT scope, key, $1, status, headers, body FROM stored`,
      [fingerprint, key],
    );
    expect((await send(key, body).expect(201)).text).toBe(first.text);
    await send(key, '{"title":"b","priority":"HIGH"}').expect(422);
  });
});
