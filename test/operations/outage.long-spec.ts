import { createTestDatabase, databaseUrl, type TestDatabase } from '../../testkit/database';
import { eventually } from '../../testkit/eventually';
import { DatabaseProxy } from '../../testkit/proxy';
import {
  beginServerProcess,
  runServerProcess,
  startServerProcess,
  type ServerProcess,
} from '../../testkit/server-process';

describe('A database that is unreachable when the server starts', () => {
  it('ends the start with exit code 1 after DB_WAIT_SECONDS', async () => {
    const { code, output } = await runServerProcess({
      DATABASE_URL: 'postgres://me:hunter2@127.0.0.1:9/tickets',
      DB_WAIT_SECONDS: '2',
    });
    expect(code).toBe(1);
    const waiting = 'Waiting up to 2 s for the database at 127.0.0.1:9/tickets: connect ECONNREFUSED 127.0.0.1:9\n';
    expect(output.split(waiting)).toHaveLength(2);
    expect(output).toContain('Gave up after 2 s on the database at 127.0.0.1:9/tickets');
    expect(output).toContain('unset DATABASE_URL to use an embedded PostgreSQL');
    expect(output).not.toContain('hunter2');
    expect(output).not.toMatch(/^\s+at /m);
  });

  it('ends the start immediately when waiting cannot help', async () => {
    const url = new URL(databaseUrl('no_such_database'));
    const missing = await runServerProcess({ DATABASE_URL: url.toString() });
    expect(missing.code).toBe(1);
    expect(missing.output).toContain('database "no_such_database" does not exist');
    url.password = 'wrong';
    const refused = await runServerProcess({ DATABASE_URL: url.toString() });
    expect(refused.code).toBe(1);
    expect(refused.output).toContain('password authentication failed');
  });

  it('is used as soon as it is reachable', async () => {
    const database = await createTestDatabase('template0');
    const proxy = await DatabaseProxy.to(database.url);
    await proxy.refuse();
    const starting = beginServerProcess({ DATABASE_URL: proxy.url });
    await eventually(() => starting.output().includes('Waiting up to'), starting);
    await proxy.restore();
    const server = await starting.listening;
    expect(server.output()).toMatch(/Waiting up to[^]*Migrated: Tickets[^]*Phaseline is ready/);
    expect(await server.stop()).toBe(0);
    await proxy.refuse();
    await database.drop();
  });
});

describe('Invalid settings', () => {
  it('are all reported, and the server does not start', async () => {
    const { code, output } = await runServerProcess({ PORT: 'http', DB_POOL_SIZE: 'many' });
    expect(code).toBe(1);
    expect(output).toContain('PORT must be a whole number from 0 to 65535; got "http"');
    expect(output).toContain('DB_POOL_SIZE must be a whole number from 1 to 1000; got "many"');
  });
});

describe.each(['refuses connections', 'stops responding'])('A database that %s while the server runs', (way) => {
  let database: TestDatabase;
  let proxy: DatabaseProxy;
  let server: ServerProcess;
  let ticket: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    proxy = await DatabaseProxy.to(database.url);
    server = await startServerProcess({ DATABASE_URL: proxy.url });
    const created = await post('/api/v1/tickets', { title: 'x' });
    ticket = `/api/v1/tickets/${created.body['id'] as string}`;
    await (way === 'refuses connections' ? proxy.refuse() : proxy.swallow());
  });

  afterAll(async () => {
    expect(await server.stop()).toBe(0);
    await proxy.refuse();
    await database.drop();
  });

  it('makes the server not ready, but keeps it live', async () => {
    expect((await get('/health/live')).status).toBe(200);
    const ready = await get('/health/ready');
    expect([ready.status, ready.body['code']]).toEqual([503, 'busy']);
  });

  it('makes every request return 503 within 5 seconds', async () => {
    const calls = [
      () => get(ticket),
      () => get('/api/v1/tickets'),
      () => get(`${ticket}/phase-history`),
      () => get(`${ticket}/valid-transitions`),
      () => post('/api/v1/tickets', { title: 'y' }),
      () => post(`${ticket}/transition`, { to_phase: 'REQUIREMENTS' }),
      () => send('PATCH', ticket, { title: 'z' }),
      () => send('DELETE', ticket),
      () => get('/api/v1/projects'),
    ];
    const answers = await Promise.all([...calls, ...calls].map((call) => call()));
    for (const { status, body, retryAfter, milliseconds } of answers) {
      expect([status, body['code'], retryAfter]).toEqual([503, 'busy', '1']);
      expect(milliseconds).toBeLessThan(5_000);
    }
  });

  it('is used again when it is reachable, with unchanged tickets', async () => {
    await proxy.restore();
    await eventually(async () => (await get('/health/ready')).status === 200, server);
    const { status, body } = await get(ticket);
    expect([status, body['title'], body['phase_id'], body['version']]).toEqual([200, 'x', 'BACKLOG', 1]);
    expect((await post(`${ticket}/transition`, { to_phase: 'REQUIREMENTS' })).status).toBe(200);
  });

  const get = (path: string) => send('GET', path);
  const post = (path: string, body: object) => send('POST', path, body);

  async function send(method: string, path: string, body?: object) {
    const began = Date.now();
    const headers = body ? { 'content-type': 'application/json' } : undefined;
    const response = await fetch(server.origin + path, { method, headers, body: body && JSON.stringify(body) });
    return {
      status: response.status,
      body: JSON.parse((await response.text()) || '{}') as Record<string, unknown>,
      retryAfter: response.headers.get('retry-after'),
      milliseconds: Date.now() - began,
    };
  }
});
