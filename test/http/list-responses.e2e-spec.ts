import { startTestApp, type TestApp } from '../../testkit/app';
import { createTicket } from '../../testkit/tickets';
import { listsIn } from './operations';
import { ask } from './wire';

const TICKETS = '/api/v1/tickets?limit=5';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  for (let i = 0; i < 5; i += 1) await createTicket(app);
});
afterAll(() => app.close());

const read = (path: string, headers: Record<string, string> = {}) => ask(app, 'GET', path, { headers });
const encodingOf = async (path: string, accepted: string): Promise<string | undefined> =>
  (await read(path, { 'accept-encoding': accepted })).headers['content-encoding'];

describe('compression', () => {
  it('is used for lists of more than 1 KiB that the client accepts compressed', async () => {
    const plain = await read(TICKETS);
    expect([plain.headers['content-encoding'], plain.body.length > 1_024]).toEqual([undefined, true]);
    const response = await fetch(`${app.origin}${TICKETS}`, { headers: { 'accept-encoding': 'gzip' } });
    expect([response.headers.get('content-encoding'), response.headers.get('vary')]).toEqual([
      'gzip',
      expect.stringContaining('accept-encoding'),
    ]);
    expect(await response.text()).toBe(plain.body);
    expect(await Promise.all(['br', 'identity', 'gzip;q=0'].map((accepted) => encodingOf(TICKETS, accepted)))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(await encodingOf('/api/v1/tickets?limit=1', 'gzip')).toBeUndefined();
  });

  it('returns the same JSON for large pages', async () => {
    const description = Array.from({ length: 200 }, (_, i) => `line ${i}`).join('\n');
    for (let i = 0; i < 30; i += 1) await createTicket(app, { title: 'x', description });
    const path = '/api/v1/tickets?limit=35';
    const response = await fetch(`${app.origin}${path}`, { headers: { 'accept-encoding': 'gzip' } });
    expect([response.headers.get('content-encoding'), await response.text()]).toEqual([
      'gzip',
      (await read(path)).body,
    ]);
  });

  it('is not used for API keys, single tickets, transitions and documents', async () => {
    const { id } = await createTicket(app, { title: 'x', description: 'x'.repeat(3_000) });
    for (let i = 0; i < 20; i += 1) {
      await app.api
        .post('/api/v1/api-keys')
        .send({ name: `k-${i}`, actor_kind: 'agent', role: 'viewer' })
        .expect(201);
    }
    for (const path of ['/api/v1/api-keys', `/api/v1/tickets/${id}`, '/metrics']) {
      expect([path, await encodingOf(path, 'gzip')]).toEqual([path, undefined]);
    }
  });
});

describe('the ETag of a list', () => {
  it('is weak and the same with and without compression, and 304 has no body', async () => {
    const plain = await read(TICKETS);
    const { etag = '' } = plain.headers;
    expect(etag).toMatch(/^W\/"[\w-]{27}"$/);
    const packed = await fetch(`${app.origin}${TICKETS}`, { headers: { 'accept-encoding': 'gzip' } });
    expect([packed.headers.get('content-encoding'), packed.headers.get('etag')]).toEqual(['gzip', etag]);
    for (const tag of [etag, etag.slice(2), `"x", ${etag}`, '*']) {
      const { status, headers, body } = await read(TICKETS, { 'if-none-match': tag });
      expect([status, headers['etag'], headers['link'], body]).toEqual([304, etag, plain.headers['link'], '']);
    }
  });

  it('changes with the contents', async () => {
    const { etag = '' } = (await read(TICKETS)).headers;
    await createTicket(app);
    const path = '/api/v1/tickets?limit=200';
    const before = (await read(path)).headers['etag'];
    await createTicket(app);
    const after = await read(path, { 'if-none-match': `${etag}, ${before}` });
    expect([after.status, after.headers['etag'] === before]).toEqual([200, false]);
  });

  it('is documented for every list, and a malformed If-None-Match is rejected', async () => {
    const lists = listsIn(app.document);
    expect(lists.length).toBeGreaterThan(6);
    for (const { path } of lists) {
      const { responses } = app.document.paths[path]!.get!;
      expect([path, Object.keys(responses)]).toEqual([path, expect.arrayContaining(['200', '304'])]);
    }
    expect((await read(TICKETS, { 'if-none-match': 'W/' })).status).toBe(400);
  });
});
