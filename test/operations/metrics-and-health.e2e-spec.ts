import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import { spawnSync } from 'node:child_process';
import { API_VERSION } from '../../src/http/openapi/openapi';
import { describeWith } from '../../testkit/requirements';
import { startTestApp, type TestApp } from '../../testkit/app';
import { eventually } from '../../testkit/eventually';
import { DatabaseProxy } from '../../testkit/proxy';
import { createTicket, moveAlong } from '../../testkit/tickets';

let app: TestApp;
beforeAll(async () => (app = await startTestApp()));
afterAll(() => app.close());

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

async function samples(): Promise<Sample[]> {
  const { text } = await app.api.get('/metrics').expect(200);
  return Array.from(text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm), ([, name, labels = '', value]) => ({
    name: name!,
    labels: Object.fromEntries(Array.from(labels.matchAll(/(\w+)="([^"]*)"/g), ([, key, text]) => [key!, text!])),
    value: Number(value),
  }));
}

/** The value of one series; 0 where it is not there. */
async function valueOf(name: string, labels: Readonly<Record<string, string>>): Promise<number> {
  const found = (await samples()).filter(
    (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  );
  expect(found.length).toBeLessThan(2);
  return found[0]?.value ?? 0;
}

const requests = (method: string, route: string, status: number): Promise<number> =>
  valueOf('phaseline_http_request_duration_seconds_count', { method, route, status: String(status) });

const moves = (from: string, to: string, verdict: string): Promise<number> =>
  valueOf('phaseline_moves_total', { from, to, verdict });

async function verdicts(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { name, labels, value } of await samples()) {
    if (name !== 'phaseline_moves_total') continue;
    counts[labels['verdict']!] = (counts[labels['verdict']!] ?? 0) + value;
  }
  return counts;
}

describe.each(['/health/live', '/health/ready'])('GET %s', (path) => {
  it('returns ok', async () => {
    const { status, body, headers } = await app.api.get(path);
    expect([status, body]).toEqual([200, { status: 'ok' }]);
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('exists only outside of the API prefix', async () => {
    expect((await app.api.get(`/api/v1${path}`)).status).toBe(404);
  });
});

it('GET /health/ready asks the database once for all requests of a second', async () => {
  const proxy = await DatabaseProxy.to(app.database.url);
  const behind = await startTestApp({ ...app.database, url: proxy.url });
  await behind.api.get('/health/ready').expect(200);
  await proxy.swallow();
  // The answer of a moment ago is reused, then one check waits for the database.
  const answers = eventually(async () => (await behind.api.get('/health/ready')).status === 503);
  const many = Array.from({ length: 50 }, () => behind.api.get('/health/ready'));
  const { text } = await behind.api.get('/metrics').expect(200);
  const waiting = /phaseline_database_connections\{state="(?:used|waiting)"\} (\d+)/g;
  const connections = Array.from(text.matchAll(waiting), ([, count]) => Number(count));
  expect(connections.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(1);
  await Promise.all([answers, ...many]);
  await proxy.restore();
  await eventually(async () => (await behind.api.get('/health/ready')).status === 200);
  await behind.close();
  await proxy.refuse();
});

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
describeWith({ name: 'prometheus', present: hasPromtool }, 'promtool check metrics', () => {
  it('finds nothing to complain about', async () => {
    const { id } = await createTicket(app);
    await moveAlong(app, id, 'REQUIREMENTS');
    const { text } = await app.api.get('/metrics').expect(200);
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect([status, stdout, stderr]).toEqual([0, '', '']);
  });
});

describe('GET /metrics', () => {
  it('returns the Prometheus text format, and every metric has a type and help', async () => {
    const { headers, text } = await app.api.get('/metrics').expect(200);
    expect(headers['content-type']).toBe(Registry.PROMETHEUS_CONTENT_TYPE);
    const names = Array.from(text.matchAll(/^# TYPE (\w+) \w+$/gm), ([, name]) => name);
    expect(names).toEqual(expect.arrayContaining(['phaseline_http_request_duration_seconds', 'phaseline_moves_total']));
    expect(names).toEqual(expect.arrayContaining(['process_cpu_seconds_total', 'nodejs_eventloop_lag_seconds']));
    expect(Array.from(text.matchAll(/^# HELP (\w+) \S.*$/gm), ([, name]) => name)).toEqual(names);
  });

  it('has the versions of the installation as labels of a constant', async () => {
    expect((await samples()).filter(({ name }) => name === 'phaseline_build_info')).toEqual([
      { name: 'phaseline_build_info', labels: { version: API_VERSION, node: process.version }, value: 1 },
    ]);
  });

  it('counts requests by the route, not by the URL', async () => {
    const route = '/api/v1/tickets/:id';
    const before = [await requests('GET', route, 200), await requests('GET', route, 404)];
    const ids = [await createTicket(app), await createTicket(app), await createTicket(app)].map(({ id }) => id);
    for (const id of ids) await app.api.get(`/api/v1/tickets/${id}`).expect(200);
    for (let i = 0; i < 2; i += 1) await app.api.get(`/api/v1/tickets/${randomUUID()}`).expect(404);
    expect(await requests('GET', route, 200)).toBe(before[0]! + 3);
    expect(await requests('GET', route, 404)).toBe(before[1]! + 2);
    const { text } = await app.api.get('/metrics');
    for (const id of ids) expect(text).not.toContain(id);
  });

  it('counts unknown routes, wrong methods and invalid requests', async () => {
    const before = [
      await requests('GET', 'unknown', 404),
      await requests('PUT', '/api/v1/tickets', 405),
      await requests('GET', '/api/v1/tickets', 400),
    ];
    for (const path of ['/nope', '/api/v1/nope', `/${randomUUID()}`]) await app.api.get(path).expect(404);
    await app.api.put('/api/v1/tickets').expect(405);
    await app.api.get('/api/v1/tickets?secret=1').expect(400);
    expect(await requests('GET', 'unknown', 404)).toBe(before[0]! + 3);
    expect(await requests('PUT', '/api/v1/tickets', 405)).toBe(before[1]! + 1);
    expect(await requests('GET', '/api/v1/tickets', 400)).toBe(before[2]! + 1);
    expect((await app.api.get('/metrics')).text).not.toMatch(/nope|secret/);
  });

  it('records the durations of requests', async () => {
    await app.api.get('/api/v1/phases').expect(200);
    const labels = { method: 'GET', route: '/api/v1/phases', status: '200' };
    const seconds = await valueOf('phaseline_http_request_duration_seconds_sum', labels);
    expect(seconds > 0 && seconds < 5).toBe(true);
  });

  it('counts transitions by target phase and outcome', async () => {
    const before = [
      await moves('BACKLOG', 'REQUIREMENTS', 'ok'),
      await moves('REQUIREMENTS', 'DONE', 'illegal_transition'),
      await moves('unknown', 'DESIGN', 'ticket_archived'),
      await moves('unknown', 'DESIGN', 'ticket_not_found'),
    ];
    const { id } = await createTicket(app);
    const ask = (ticket: string, to_phase: string) =>
      app.api.post(`/api/v1/tickets/${ticket}/transition`).send({ to_phase });
    await moveAlong(app, id, 'REQUIREMENTS');
    await ask(id, 'DONE').expect(400);
    await app.api.delete(`/api/v1/tickets/${id}`).expect(204);
    await ask(id, 'DESIGN').expect(409);
    await ask(randomUUID(), 'DESIGN').expect(404);
    expect([
      await moves('BACKLOG', 'REQUIREMENTS', 'ok'),
      await moves('REQUIREMENTS', 'DONE', 'illegal_transition'),
      await moves('unknown', 'DESIGN', 'ticket_archived'),
      await moves('unknown', 'DESIGN', 'ticket_not_found'),
    ]).toEqual(before.map((count) => count + 1));
  });

  it.each([
    ['independent', {}, 200, { ok: 2, illegal_transition: 1, ticket_not_found: 1 }],
    ['independent', { 'idempotency-key': 'some-of-them' }, 200, { ok: 2, illegal_transition: 1, ticket_not_found: 1 }],
    ['atomic', {}, 422, { bulk_refused: 2, illegal_transition: 1, ticket_not_found: 1 }],
    [
      'atomic',
      { 'idempotency-key': 'none-of-them' },
      422,
      { bulk_refused: 2, illegal_transition: 1, ticket_not_found: 1 },
    ],
  ])('counts every transition of a bulk once, %s, with %j', async (mode, headers, status, counts) => {
    const { id } = await createTicket(app);
    const item = (to_phase: string, ticket_id = id) => ({ ticket_id, to_phase });
    const items = [item('REQUIREMENTS'), item('DONE'), item('DESIGN', randomUUID()), item('DESIGN')];
    const before = await verdicts();
    const send = () => app.api.post('/api/v1/transitions').set(headers).send({ mode, items }).expect(status);
    await send();
    const counted = Object.entries(await verdicts()).map(([verdict, n]) => [verdict, n - (before[verdict] ?? 0)]);
    expect(Object.fromEntries(counted.filter(([, n]) => n !== 0))).toEqual(counts);
    const afterwards = await verdicts();
    if (Object.keys(headers).length === 0) return;
    await send();
    expect(await verdicts()).toEqual(afterwards);
  });

  it('counts a replayed transition once', async () => {
    const { id } = await createTicket(app);
    const send = () =>
      app.api.post(`/api/v1/tickets/${id}/transition`).set('idempotency-key', id).send({ to_phase: 'REQUIREMENTS' });
    const before = await verdicts();
    for (let i = 0; i < 3; i++) await send().expect(200);
    expect(await verdicts()).toEqual({ ...before, ok: (before['ok'] ?? 0) + 1 });
  });

  it('counts the transitions of each commit, from every endpoint', async () => {
    const committed = async () => [
      await valueOf('phaseline_commit_batch_size_sum', {}),
      await valueOf('phaseline_commit_duration_seconds_count', {}),
    ];
    const [moves = 0, transactions = 0] = await committed();
    const { id } = await createTicket(app);
    await app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase: 'DONE' }).expect(400);
    expect(await committed()).toEqual([moves, transactions]);
    await moveAlong(app, id, 'REQUIREMENTS');
    const items = ['DESIGN', 'BLOCKED'].map((to_phase) => ({ ticket_id: id, to_phase }));
    await app.api.post('/api/v1/transitions').send({ mode: 'atomic', items }).expect(200);
    expect(await committed()).toEqual([moves + 3, transactions + 2]);
  });

  it('counts unknown phases as "other", so that clients cannot create series', async () => {
    const before = await moves('BACKLOG', 'other', 'illegal_transition');
    const { id } = await createTicket(app);
    for (const to_phase of ['secret-1', 'secret-2', 'backlog', '__proto__', 'a"b\nc']) {
      await app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase }).expect(400);
    }
    expect(await moves('BACKLOG', 'other', 'illegal_transition')).toBe(before + 5);
    const targets = (await samples())
      .filter(({ name }) => name === 'phaseline_moves_total')
      .map(({ labels }) => labels['to']);
    expect(targets.filter((to) => !/^([A-Z]+|other)$/.test(to!))).toEqual([]);
  });

  it('does not count invalid requests', async () => {
    const total = async () =>
      (await samples())
        .filter(({ name }) => name === 'phaseline_moves_total')
        .reduce((sum, { value }) => sum + value, 0);
    const { id } = await createTicket(app);
    const before = await total();
    await app.api.post(`/api/v1/tickets/${id}/transition`).send({ to: 'DESIGN' }).expect(400);
    expect(await total()).toBe(before);
  });

  it('reports database connections by state', async () => {
    await createTicket(app);
    const states = (await samples()).filter(({ name }) => name === 'phaseline_database_connections');
    expect(states.map(({ labels }) => labels['state']).sort()).toEqual(['idle', 'used', 'waiting']);
    for (const { value } of states) expect(Number.isInteger(value) && value >= 0).toBe(true);
    expect(states.reduce((sum, { value }) => sum + value, 0)).toBeGreaterThan(0);
  });
});
