import { startTestApp, type TestApp } from '../../testkit/app';
import { eventually } from '../../testkit/eventually';
import { makeKey, withKey } from '../../testkit/keys';
import { followLinks } from '../tickets/pages';

const KEYS = '/api/v1/api-keys';
const SECRET = /^pl_[\w-]{43}$/;

let app: TestApp;
let admin: TestApp;
beforeAll(async () => {
  app = await startTestApp(undefined, { authentication: true });
  admin = withKey(app, await makeKey(app, { name: 'root' }));
});
afterAll(() => app.close());

let made = 0;
const create = async (values: object = {}) => {
  const body = { name: `agent-${(made += 1)}`, actor_kind: 'agent', role: 'worker', ...values };
  return (await admin.api.post(KEYS).send(body).expect(201)).body as { id: string; name: string; key: string };
};
const rotate = (id: string, body: object = {}, asker = admin) => asker.api.post(`${KEYS}/${id}/rotate`).send(body);
const statusWith = async (secret: string): Promise<number> =>
  (await withKey(app, secret).api.get('/api/v1/phases')).status;
const secondsUntil = (time: string): number => (Date.parse(time) - Date.now()) / 1_000;

describe('POST /api-keys/:id/rotate', () => {
  it('returns a new secret; the replaced one stays valid for a day by default', async () => {
    const key = await create();
    const { body, headers } = await rotate(key.id).expect(200);
    const { key: secret, previous_expires_at } = body as { key: string; previous_expires_at: string };
    expect(headers['cache-control']).toBe('no-store');
    expect([secret, secret === key.key]).toEqual([expect.stringMatching(SECRET), false]);
    expect(body).toMatchObject({ id: key.id, name: key.name, prefix: secret.slice(0, 11), revoked_at: null });
    expect(secondsUntil(previous_expires_at)).toBeGreaterThan(86_000);
    expect(secondsUntil(previous_expires_at)).toBeLessThanOrEqual(86_401);
    expect(await Promise.all([key.key, secret].map(statusWith))).toEqual([200, 200]);
  });

  it('attributes changes to the same actor under both secrets', async () => {
    const key = await create();
    const { body } = await rotate(key.id).expect(200);
    const actors = [];
    for (const secret of [key.key, body.key]) {
      const { api } = withKey(app, secret);
      const { body: ticket } = await api.post('/api/v1/tickets').send({ title: 'x' }).expect(201);
      const { body: moved } = await api
        .post(`/api/v1/tickets/${ticket.id}/transition`)
        .send({ to_phase: 'REQUIREMENTS' });
      actors.push(moved.transition.transitioned_by);
    }
    expect(actors).toEqual([key.name, key.name]);
  });

  it('ends the replaced secret when the overlap is over, even if it is cached', async () => {
    const key = await create();
    const { body } = await rotate(key.id, { overlap_seconds: 1 }).expect(200);
    expect(await statusWith(key.key)).toBe(200);
    await eventually(async () => (await statusWith(key.key)) === 401);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(body.previous_expires_at));
    expect(await statusWith(body.key)).toBe(200);
  });

  it('ends the replaced secret at once without an overlap, and keeps nothing of it', async () => {
    const key = await create();
    expect(await statusWith(key.key)).toBe(200);
    const { body } = await rotate(key.id, { overlap_seconds: 0 }).expect(200);
    expect([body.previous_expires_at, await statusWith(key.key), await statusWith(body.key)]).toEqual([null, 401, 200]);
    const [row] = await app.database.query('SELECT previous_prefix, previous_hash FROM api_keys WHERE id = $1', [
      key.id,
    ]);
    expect(row).toEqual({ previous_prefix: null, previous_hash: null });
  });

  it('ends a secret that was replaced earlier, and two rotations at the same time leave two valid secrets', async () => {
    const key = await create();
    const answers = await Promise.all([rotate(key.id).expect(200), rotate(key.id).expect(200)]);
    const secrets = [key.key, ...answers.map(({ body }) => body.key as string)];
    expect((await Promise.all(secrets.map(statusWith))).sort()).toEqual([200, 200, 401]);
    expect(await statusWith(key.key)).toBe(401);
  });

  it('never outlives the key: expiry and revocation end both secrets', async () => {
    const expiring = await create({ expires_at: new Date(Date.now() + 60_000).toISOString() });
    const { body } = await rotate(expiring.id).expect(200);
    await app.database.query(`UPDATE api_keys SET expires_at = clock_timestamp() WHERE id = $1`, [expiring.id]);
    expect(await Promise.all([expiring.key, body.key].map(statusWith))).toEqual([401, 401]);

    const revoked = await create();
    const { body: rotated } = await rotate(revoked.id).expect(200);
    await admin.api.delete(`${KEYS}/${revoked.id}`).expect(204);
    expect(await Promise.all([revoked.key, rotated.key].map(statusWith))).toEqual([401, 401]);
  });

  it('rejects a revoked key and an expired one', async () => {
    const [revoked, expired] = [await create(), await create()];
    await admin.api.delete(`${KEYS}/${revoked.id}`).expect(204);
    await app.database.query(`UPDATE api_keys SET expires_at = clock_timestamp() WHERE id = $1`, [expired.id]);
    for (const [{ id }, state] of [
      [revoked, 'is revoked'],
      [expired, 'has expired'],
    ] as const) {
      const { status, body } = await rotate(id);
      expect([status, body.code, body.detail]).toEqual([409, 'api_key_inactive', expect.stringContaining(state)]);
    }
  });

  it('rejects an Idempotency-Key and overlaps out of range, and the secret stays as it is', async () => {
    const key = await create();
    const { body } = await rotate(key.id).set('idempotency-key', 'k-1').expect(400);
    expect(body.errors).toEqual([expect.objectContaining({ pointer: '/idempotency-key' })]);
    for (const overlap_seconds of [-1, 1.5, 2_592_001, '60']) await rotate(key.id, { overlap_seconds }).expect(400);
    expect(await statusWith(key.key)).toBe(200);
    const { body: rotated } = await rotate(key.id, { overlap_seconds: null }).expect(200);
    expect(secondsUntil(rotated.previous_expires_at)).toBeGreaterThan(86_000);
  });
});

describe('GET /api-keys/:id/events', () => {
  it('lists who created, rotated and revoked a key, newest first and page by page', async () => {
    const key = await create();
    const { body: rotated } = await rotate(key.id, { overlap_seconds: 60 }).expect(200);
    await rotate(key.id, { overlap_seconds: 0 }).expect(200);
    for (let i = 0; i < 2; i += 1) await admin.api.delete(`${KEYS}/${key.id}`).expect(204);
    const { rows } = await followLinks<Record<string, unknown>>(admin, `${KEYS}/${key.id}/events?limit=2`);
    const event = {
      id: expect.any(Number),
      name: key.name,
      actor: 'root',
      actor_kind: 'service',
      at: expect.any(String),
    };
    expect(rows).toEqual([
      { ...event, type: 'revoked', previous_expires_at: null },
      { ...event, type: 'rotated', previous_expires_at: null },
      { ...event, type: 'rotated', previous_expires_at: rotated.previous_expires_at },
      { ...event, type: 'created', previous_expires_at: null },
    ]);
  });

  it('cannot be changed in the database', async () => {
    await create();
    for (const change of [
      'UPDATE api_key_events SET actor = actor',
      'DELETE FROM api_key_events',
      'TRUNCATE api_key_events',
    ])
      await expect(app.database.query(change)).rejects.toThrow('append-only');
  });
});
