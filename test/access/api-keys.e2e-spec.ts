import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestApp, type TestApp } from '../../testkit/app';
import { eventually } from '../../testkit/eventually';
import { makeKey, withKey } from '../../testkit/keys';
import { followLinks } from '../tickets/pages';

const KEYS = '/api/v1/api-keys';
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const WORKER = { actor_kind: 'agent', role: 'worker' } as const;

let app: TestApp;
let admin: TestApp;
beforeAll(async () => {
  app = await startTestApp(undefined, { authentication: true });
  admin = withKey(app, await makeKey(app, { name: 'root' }));
  await admin.api.post('/api/v1/projects').send({ key: 'web', title: 'Web' }).expect(201);
});
afterAll(() => app.close());

const create = (body: Record<string, unknown>, asker = admin) => asker.api.post(KEYS).send({ ...WORKER, ...body });
const statusWith = async (secret: string): Promise<number> =>
  (await withKey(app, secret).api.get('/api/v1/phases')).status;

describe('POST /api-keys', () => {
  it('returns the secret once, and the secret authenticates requests', async () => {
    const { status, body, headers } = await create({
      name: 'agent-7',
      project: 'web',
      expires_at: '2099-01-31T12:00:00+01:00',
    });
    expect([status, headers['cache-control'], body]).toEqual([
      201,
      'no-store',
      {
        id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
        name: 'agent-7',
        key: expect.stringMatching(/^pl_[\w-]{43}$/),
        prefix: body.key.slice(0, 11),
        actor_kind: 'agent',
        role: 'worker',
        project: 'web',
        created_at: expect.stringMatching(TIME),
        expires_at: '2099-01-31T11:00:00.000Z',
        revoked_at: null,
        previous_expires_at: null,
        last_used_at: null,
      },
    ]);
    expect(await statusWith(body.key)).toBe(200);
    const { body: again } = await create({ name: 'agent-8' }).expect(201);
    expect(again.key).not.toBe(body.key);
    expect(again).toMatchObject({ project: null, expires_at: null });
  });

  it('stores only the prefix and the SHA-256 of the secret', async () => {
    const { body } = await create({ name: 'secretive' }).expect(201);
    const [row] = await app.database.query<{ hash: Buffer; prefix: string }>('SELECT * FROM api_keys WHERE id = $1', [
      body.id,
    ]);
    expect([row!.prefix, row!.hash.toString('hex')]).toEqual([body.key.slice(0, 11), hash('sha256', body.key)]);
    expect(await placesOf(body.key.slice(11))).toEqual([]);
    expect(await placesOf('secretive')).toEqual(['api_keys']);
  });

  it.each(['root', 'Root', 'ROOT'])('rejects a name that is in use, regardless of case: %s', async (name) => {
    const { status, body } = await create({ name });
    const detail = expect.stringContaining(JSON.stringify(name));
    expect([status, body.code, body.detail]).toEqual([409, 'already_exists', detail]);
  });

  it('rejects the name of a revoked key', async () => {
    const { body } = await create({ name: 'gone' }).expect(201);
    await admin.api.delete(`${KEYS}/${body.id}`).expect(204);
    expect((await create({ name: 'Gone' })).body.code).toBe('already_exists');
    await expect(app.database.query('DELETE FROM api_keys WHERE id = $1', [body.id])).rejects.toThrow(/revoked/);
  });

  it('accepts one of many concurrent requests for a name', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => create({ name: i % 2 === 0 ? 'race' : 'RACE' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 11 }, () => 409)]);
  });

  it('rejects an unknown project', async () => {
    expect((await create({ name: 'lost', project: 'nowhere' })).body.code).toBe('project_not_found');
    expect(await placesOf('lost')).toEqual([]);
  });

  it('treats null in an optional field as absent', async () => {
    const { body } = await create({ name: 'nothing', project: null, expires_at: null }).expect(201);
    expect(body).toMatchObject({ project: null, expires_at: null });
  });
});

describe('GET /api-keys', () => {
  it('returns keys ordered by name, page by page, without secrets and hashes', async () => {
    for (let i = 0; i < 7; i += 1) await create({ name: `list-${i}` }).expect(201);
    const { rows, pages } = await followLinks<Record<string, unknown>>(admin, `${KEYS}?limit=3`);
    const [{ names } = { names: [] }] = await app.database.query<{ names: string[] }>(
      'SELECT array_agg(name ORDER BY name) AS names FROM api_keys',
    );
    expect(rows.map(({ name }) => name)).toEqual(names);
    expect(pages.slice(0, -1).every((length) => length === 3)).toBe(true);
    const shown = ['id', 'name', 'prefix', 'actor_kind', 'role', 'project', 'created_at', 'expires_at', 'revoked_at'];
    expect(Object.keys(rows[0]!)).toEqual([...shown, 'previous_expires_at', 'last_used_at']);
  });

  it('returns the last use of a key, which is recorded in the background', async () => {
    const { body } = await create({ name: 'used' }).expect(201);
    expect(await statusWith(body.key)).toBe(200);
    const used = await eventually(async () => (await shownKey('used'))['last_used_at']);
    expect([Date.parse(String(used)) >= Date.parse(body.created_at), used]).toEqual([
      true,
      expect.stringMatching(TIME),
    ]);
    for (let i = 0; i < 5; i += 1) expect(await statusWith(body.key)).toBe(200);
    expect((await shownKey('used'))['last_used_at']).toBe(used);
  });
});

describe('DELETE /api-keys/:id', () => {
  it('revokes a key immediately and is idempotent', async () => {
    const { body } = await create({ name: 'ended' }).expect(201);
    expect(await statusWith(body.key)).toBe(200);
    await admin.api.delete(`${KEYS}/${body.id}`).expect(204);
    expect(await statusWith(body.key)).toBe(401);
    const { revoked_at } = await shownKey('ended');
    expect(revoked_at).toMatch(TIME);
    await admin.api.delete(`${KEYS}/${body.id}`).expect(204);
    expect((await shownKey('ended'))['revoked_at']).toBe(revoked_at);
  });

  it('takes effect even if a look-up of the key was running', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { body } = await create({ name: `hurried-${round}` }).expect(201);
      const uses = Array.from({ length: 8 }, () => statusWith(body.key));
      await admin.api.delete(`${KEYS}/${body.id}`).expect(204);
      expect(await statusWith(body.key)).toBe(401);
      await Promise.all(uses);
      expect(await statusWith(body.key)).toBe(401);
    }
  });

  it('revokes a key in other processes within five seconds', async () => {
    const other = await startTestApp(app.database, { authentication: true });
    const { body } = await create({ name: 'remembered' }).expect(201);
    const there = async (): Promise<number> => (await withKey(other, body.key).api.get('/api/v1/phases')).status;
    expect(await there()).toBe(200);
    await admin.api.delete(`${KEYS}/${body.id}`).expect(204);
    const revokedAt = Date.now();
    let lastLetIn = 0;
    await eventually(async () => {
      const sentAt = Date.now();
      if ((await there()) === 401) return true;
      lastLetIn = sentAt;
      return false;
    });
    // What counts is when requests are sent: on a busy machine the last one may be answered later.
    expect(lastLetIn - revokedAt).toBeLessThan(5_000);
    await other.close();
  });
});

describe('a key that expires', () => {
  it('is rejected from that time on, even if it is cached', async () => {
    const expiresAt = new Date(Date.now() + 2_000);
    const secret = await makeKey(app, { expiresAt });
    expect(await statusWith(secret)).toBe(200);
    await sleep(expiresAt.getTime() - Date.now() + 10);
    expect(await statusWith(secret)).toBe(401);
  });
});

describe('an invalid key', () => {
  it('is rejected with the same error, with and without a matching prefix', async () => {
    const known = await makeKey(app);
    const alike = `${known.slice(0, 11)}${'A'.repeat(35)}`;
    const strange = `pl_${'A'.repeat(43)}`;
    const bodies = await Promise.all(
      [alike, strange, 'pl_short', `${known}x`, known.slice(0, -1)].map(async (secret) => {
        const { status, body, headers } = await withKey(app, secret).api.get('/api/v1/phases');
        return [status, headers['www-authenticate'], body];
      }),
    );
    expect(bodies[0]).toEqual([401, 'Bearer', expect.objectContaining({ code: 'unauthenticated' })]);
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
    expect(await statusWith(known)).toBe(200);
  });

  it('is not accepted because of a matching prefix', async () => {
    const known = await makeKey(app);
    await app.database.query(
      `INSERT INTO api_keys (id, name, prefix, hash, actor_kind, role)
         SELECT gen_random_uuid(), 'twin-' || i, $1, sha256(i::text::bytea), 'agent', 'viewer' FROM generate_series(1, 3) i`,
      [known.slice(0, 11)],
    );
    expect(await statusWith(known)).toBe(200);
    const { body } = await withKey(app, known).api.get(KEYS).expect(200);
    expect(body.length).toBeGreaterThan(3);
  });
});

describe('an admin of one project', () => {
  let bound: TestApp;
  beforeAll(async () => {
    const { body } = await create({ name: 'web-admin', role: 'admin', project: 'web' }).expect(201);
    bound = withKey(app, body.key);
    await create({ name: 'web-worker', project: 'web' }).expect(201);
  });

  it('creates keys of that project only', async () => {
    expect((await create({ name: 'web-1', project: 'web' }, bound).expect(201)).body.project).toBe('web');
    expect((await create({ name: 'web-2' }, bound).expect(201)).body.project).toBe('web');
    expect((await create({ name: 'web-3', project: 'default' }, bound).expect(404)).body.code).toBe(
      'project_not_found',
    );
    expect((await create({ name: 'web-4', project: null }, bound).expect(403)).body.code).toBe('forbidden');
    const made = await app.database.query(`SELECT name FROM api_keys WHERE name IN ('web-3', 'web-4')`);
    expect(made).toEqual([]);
  });

  it('lists and revokes keys of that project only', async () => {
    const { body: keys } = await bound.api.get(KEYS).expect(200);
    expect(keys.length).toBeGreaterThan(1);
    expect(keys.filter(({ project }: { project: string }) => project !== 'web')).toEqual([]);
    const { id: foreign } = await shownKey('root');
    expect((await bound.api.delete(`${KEYS}/${String(foreign)}`).expect(404)).body.code).toBe('api_key_not_found');
    expect((await shownKey('root'))['revoked_at']).toBeNull();
    await bound.api.delete(`${KEYS}/${String((await shownKey('web-worker'))['id'])}`).expect(204);
  });
});

describe('a change made with a key', () => {
  it('is recorded under the name of the key, and a worker cannot name another actor', async () => {
    const { body: key } = await create({ name: 'mover' }).expect(201);
    const worker = withKey(app, key.key);
    const { body: ticket } = await worker.api.post('/api/v1/tickets').send({ title: 'x' }).expect(201);
    const move = (body: object, asker = worker) => asker.api.post(`/api/v1/tickets/${ticket.id}/transition`).send(body);
    const { body: refusal } = await move({ to_phase: 'REQUIREMENTS', transitioned_by: 'root' }).expect(403);
    expect(refusal).toMatchObject({ code: 'forbidden', detail: expect.stringContaining('"mover"') });
    const { body: moved } = await move({ to_phase: 'REQUIREMENTS' }).expect(200);
    expect(moved.transition).toMatchObject({ transitioned_by: 'mover', actor_kind: 'agent', sequence: 1 });
    const { body: claimed } = await move({ to_phase: 'DESIGN', transitioned_by: 'anna' }, admin).expect(200);
    expect(claimed.transition).toMatchObject({ transitioned_by: 'anna', actor_kind: 'service' });
  });
});

describe('authentication', () => {
  it('happens before the body is read', async () => {
    const { status } = await app.api.post('/api/v1/tickets').set('content-type', 'application/json').send('{');
    expect(status).toBe(401);
  });

  it('is not required for unknown routes, wrong methods and the documentation', async () => {
    expect((await app.api.get('/api/v1/nope')).status).toBe(404);
    expect((await app.api.put('/api/v1/tickets')).status).toBe(405);
    for (const path of ['/openapi.json', '/docs', '/docs/swagger-ui.css', '/health/live']) {
      expect([path, (await app.api.get(path)).status]).toEqual([path, 200]);
      expect([path, (await app.api.head(path)).status]).toEqual([path, 200]);
    }
    for (const path of ['/metrics', '/api/v1/phases']) expect((await app.api.head(path)).status).toBe(401);
  });

  it.each(['bearer', 'BEARER', 'Bearer  '])('accepts the scheme %j', async (scheme) => {
    const authorization = `${scheme} ${await makeKey(app, { role: 'viewer' })}`;
    expect((await app.api.get('/api/v1/phases').set({ authorization })).status).toBe(200);
  });
});

async function shownKey(name: string): Promise<Record<string, unknown>> {
  const { rows } = await followLinks<Record<string, unknown>>(admin, `${KEYS}?limit=200`);
  return rows.find((key) => key['name'] === name)!;
}

/** The tables that hold a text anywhere. */
async function placesOf(text: string): Promise<string[]> {
  const tables = await app.database.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`,
  );
  const places: string[] = [];
  for (const { name } of tables) {
    const rows = await app.database.query(`SELECT 1 FROM "${name}" AS t WHERE strpos(t::text, $1) > 0 LIMIT 1`, [text]);
    if (rows.length > 0) places.push(name);
  }
  return places;
}
