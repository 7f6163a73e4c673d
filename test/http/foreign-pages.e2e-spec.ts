import { startTestApp, type TestApp } from '../../testkit/app';
import { makeKey } from '../../testkit/keys';
import { ask, changesNothing, problemIn } from './wire';

const BODY = '{"title":"x"}';
const ORIGIN = 'https://board.example';

let app: TestApp;

describe('A server without authentication', () => {
  beforeAll(async () => (app = await startTestApp(undefined, { corsOrigins: [ORIGIN] })));
  afterAll(() => app.close());

  describe('rejects', () => {
    changesNothing(() => app);

    it.each([
      'evil.example',
      'evil.example:3000',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'evil.example#localhost',
      'localhost@evil.example',
      '203.0.113.7',
      '[2001:db8::1]:3000',
      '0.0.0.0',
      '',
    ])('the host %j', async (host) => {
      const answer = await ask(app, 'POST', '/api/v1/tickets', { body: BODY, headers: { host } });
      const { detail } = problemIn(answer, 403, 'forbidden');
      expect(detail).toBe(
        `${JSON.stringify(host)} is not a name of this server. Use localhost or 127.0.0.1, or set AUTH=required.`,
      );
      expect(answer.headers['connection']).toBe('close');
    });

    it.each(['https://evil.example', 'http://localhost.evil.example', 'null', 'file://', 'http://board.example'])(
      'the origin %s',
      async (origin) => {
        for (const method of ['POST', 'GET']) {
          const body = method === 'POST' ? BODY : undefined;
          const answer = await ask(app, method, '/api/v1/tickets', { body, headers: { origin } });
          const { detail } = problemIn(answer, 403, 'forbidden');
          expect(detail).toBe(`Pages of "${origin}" may not use this server. Add the origin to CORS_ORIGINS.`);
        }
        problemIn(await ask(app, 'GET', '/health/live', { headers: { origin } }), 403, 'forbidden');
      },
    );
  });

  it.each(['localhost', 'LOCALHOST:3000', '127.0.0.1', '127.0.0.1:3000', '127.1.2.3', '[::1]:3000'])(
    'accepts the host %s',
    async (host) => {
      expect((await ask(app, 'GET', '/api/v1/phases', { headers: { host } })).status).toBe(200);
    },
  );

  it.each([ORIGIN, 'http://localhost:5173', 'http://127.0.0.1:3000', 'https://[::1]'])(
    'accepts the origin %s',
    async (origin) => {
      expect((await ask(app, 'GET', '/api/v1/phases', { headers: { origin } })).status).toBe(200);
    },
  );
});

describe('A server with authentication', () => {
  beforeAll(async () => (app = await startTestApp(undefined, { authentication: true })));
  afterAll(() => app.close());

  it('accepts every host and origin, since a page has no key', async () => {
    const headers = { host: 'tickets.example', origin: 'https://evil.example' };
    const authorization = `Bearer ${await makeKey(app)}`;
    expect((await ask(app, 'GET', '/api/v1/phases', { headers: { ...headers, authorization } })).status).toBe(200);
    expect((await ask(app, 'GET', '/api/v1/phases', { headers })).status).toBe(401);
  });
});
