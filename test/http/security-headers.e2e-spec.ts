import { startTestApp, type TestApp } from '../../testkit/app';

let app: TestApp;
beforeAll(async () => (app = await startTestApp()));
afterAll(() => app.close());

/** The directives of a Content-Security-Policy. */
const directives = (policy: string): Record<string, string[]> =>
  Object.fromEntries(
    policy.split(';').map((part) => {
      const [name = '', ...values] = part.trim().split(' ');
      return [name, values];
    }),
  );

it.each(['/api/v1/tickets', '/health/live', '/metrics', '/docs', '/openapi.json', '/nope', '/api/v1/tickets/x'])(
  'are on every answer: %s',
  async (path) => {
    const { headers } = await app.api.get(path);
    expect(headers).toMatchObject({
      'content-security-policy': expect.stringContaining("default-src 'self'"),
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers).not.toHaveProperty('server');
  },
);

it('promise nothing of TLS, which is not ours to promise', async () => {
  const { headers } = await app.api.get('/docs');
  expect(headers).not.toHaveProperty('strict-transport-security');
  expect(directives(headers['content-security-policy']!)).not.toHaveProperty('upgrade-insecure-requests');
});

/** Swagger UI works when what its page holds is what the policy allows: no script in the page, styles there, own files. */
it('allow Swagger UI what it needs, and nothing of others', async () => {
  const { text, headers } = await app.api.get('/docs').expect(200);
  const policy = directives(headers['content-security-policy']!);
  const scripts = Array.from(text.matchAll(/<script([^>]*)>([^]*?)<\/script>/g), ([, attributes, code]) => [
    /src="(\.|\/)/.test(attributes!),
    code!.trim(),
  ]);
  expect(scripts.length).toBeGreaterThanOrEqual(3);
  expect(scripts).toEqual(scripts.map(() => [true, '']));
  expect(text).not.toMatch(/<[^>]* on\w+=/);
  expect(policy['script-src']).toEqual(["'self'"]);
  expect(text).toContain('<style>');
  expect(policy['style-src']).toEqual(["'self'", "'unsafe-inline'"]);
  expect(policy['frame-ancestors']).toEqual(["'none'"]);
  expect(Object.values(policy).flat()).not.toContain('https:');
});
