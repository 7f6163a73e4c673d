import { startTestApp, type TestApp } from '../../testkit/app';
import { ask, problemIn } from './wire';

const ORIGIN = 'https://board.example';
const PREFLIGHT = { origin: ORIGIN, 'access-control-request-method': 'POST' };
const TICKETS = '/api/v1/tickets';

let app: TestApp;
afterAll(() => app.close());

const corsHeaders = (headers: Readonly<Record<string, string>>): string[] =>
  Object.keys(headers).filter((name) => name.startsWith('access-control-'));

describe('without allowed origins', () => {
  beforeAll(async () => (app = await startTestApp(undefined, { authentication: true })));
  afterAll(() => app.close());

  it('sends no CORS headers', async () => {
    const preflight = await ask(app, 'OPTIONS', TICKETS, { headers: PREFLIGHT });
    problemIn(preflight, 405, 'method_not_allowed');
    const read = await ask(app, 'GET', '/health/live', { headers: { origin: ORIGIN } });
    expect(read.status).toBe(200);
    expect([...corsHeaders(preflight.headers), ...corsHeaders(read.headers)]).toEqual([]);
  });
});

describe('with allowed origins', () => {
  beforeAll(
    async () =>
      (app = await startTestApp(undefined, {
        authentication: true,
        rateLimit: 1_000,
        corsOrigins: [ORIGIN, 'http://localhost:5173'],
      })),
  );

  it('responds to a preflight without a key and without counting it', async () => {
    const { status, headers, body } = await ask(app, 'OPTIONS', TICKETS, { headers: PREFLIGHT });
    expect([status, body]).toEqual([204, '']);
    expect(headers).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-methods': 'GET, HEAD, POST, PATCH, DELETE',
      'access-control-max-age': '600',
      vary: 'Origin',
    });
    const allowed = headers['access-control-allow-headers']!.split(', ');
    expect(allowed).toEqual(
      expect.arrayContaining(['Authorization', 'Content-Type', 'If-Match', 'If-None-Match', 'Idempotency-Key']),
    );
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
    expect(headers).not.toHaveProperty('ratelimit');
  });

  it('lets allowed pages read responses, errors and the exposed headers', async () => {
    for (const [path, expected] of [
      ['/health/live', 200],
      [TICKETS, 401],
      ['/nope', 404],
    ] as const) {
      const { status, headers } = await ask(app, 'GET', path, { headers: { origin: 'http://localhost:5173' } });
      expect([status, headers['access-control-allow-origin']]).toEqual([expected, 'http://localhost:5173']);
      expect(headers['access-control-expose-headers']).toBe(
        'ETag, Link, Location, Retry-After, RateLimit, RateLimit-Policy, Idempotent-Replayed, X-Request-Id',
      );
    }
  });

  it.each(['https://evil.example', 'https://board.example.evil.example', 'null', 'http://board.example'])(
    'allows %s nothing',
    async (origin) => {
      const preflight = await ask(app, 'OPTIONS', TICKETS, { headers: { ...PREFLIGHT, origin } });
      problemIn(preflight, 405, 'method_not_allowed');
      const read = await ask(app, 'GET', '/health/live', { headers: { origin } });
      expect([...corsHeaders(preflight.headers), ...corsHeaders(read.headers)]).toEqual([]);
      expect(read.headers['vary']).toBe('Origin');
    },
  );

  it('returns 405 for other OPTIONS requests', async () => {
    problemIn(await ask(app, 'OPTIONS', TICKETS, { headers: { origin: ORIGIN } }), 405, 'method_not_allowed');
    problemIn(await ask(app, 'OPTIONS', TICKETS), 405, 'method_not_allowed');
    problemIn(await ask(app, 'OPTIONS', '/nope'), 404, 'route_not_found');
  });
});
