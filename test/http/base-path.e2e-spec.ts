import { startTestApp, type TestApp } from '../../testkit/app';
import { createTicket } from '../../testkit/tickets';

const BASE = '/phaseline';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp(undefined, { basePath: BASE });
});
afterAll(() => app.close());

describe('BASE_PATH', () => {
  it('is accepted in requests, and not required', async () => {
    const { id } = await createTicket(app);
    for (const base of ['', BASE]) {
      expect((await app.api.get(`${base}/api/v1/tickets/${id}`)).status).toBe(200);
      expect((await app.api.get(`${base}/health/live`)).status).toBe(200);
    }
    expect((await app.api.get(`${BASE}${BASE}/health/live`)).body.code).toBe('route_not_found');
  });

  it('begins the links of lists, which lead to the next page', async () => {
    for (let i = 0; i < 3; i += 1) await createTicket(app);
    const first = await app.api.get(`${BASE}/api/v1/tickets?limit=2`).expect(200);
    const next = /^<([^>]+)>; rel="next"$/.exec(first.headers['link'] ?? '')?.[1];
    expect(next).toMatch(/^\/phaseline\/api\/v1\/tickets\?limit=2&cursor=/);
    expect((await app.api.get(next!)).body).toHaveLength(2);
  });

  it('begins the Location of new and of replayed responses', async () => {
    const definition = {
      key: 'small',
      title: 'Small',
      initial: ['open'],
      phases: [
        { id: 'open', category: 'todo' },
        { id: 'done', category: 'done' },
      ],
      transitions: [{ from: 'open', to: 'done' }],
    };
    const post = (base: string) =>
      app.api.post(`${base}/api/v1/workflows`).set('idempotency-key', 'w').send(definition);
    const [made, replayed] = [await post(BASE), await post('')];
    expect([made.status, replayed.headers['idempotent-replayed']]).toEqual([201, 'true']);
    for (const { headers } of [made, replayed]) {
      expect(headers['location']).toBe(`${BASE}/api/v1/workflows/small/versions/1`);
    }
    expect((await app.api.get(made.headers['location']!)).status).toBe(200);
  });

  it('is the server of the OpenAPI document, and the pages of /docs load below it', async () => {
    const { body } = await app.api.get(`${BASE}/openapi.json`).expect(200);
    expect(body.servers).toEqual([{ url: BASE }]);
    const { text } = await app.api.get(`${BASE}/docs`).expect(200);
    const assets = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path!);
    expect(assets.length).toBeGreaterThan(3);
    for (const path of assets) {
      const { pathname } = new URL(path, `${app.origin}${BASE}/docs`);
      expect(pathname.startsWith(`${BASE}/docs/`)).toBe(true);
      expect([pathname, (await app.api.get(pathname)).status]).toEqual([pathname, 200]);
    }
  });
});
