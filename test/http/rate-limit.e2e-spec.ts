import { startTestApp, type TestApp } from '../../testkit/app';
import { makeKey, withKey } from '../../testkit/keys';
import { problemIn, ask } from './wire';

/** Requests a minute. The tests are over long before the minute is. */
const MOST = 5;
const POLICY = `"default";q=${MOST};w=60`;
const MADE_UP = `pl_${'x'.repeat(43)}`;

let app: TestApp;
afterEach(() => app.close());

const askedWith = (secret: string, path: string) =>
  ask(app, 'GET', path, { headers: { authorization: `Bearer ${secret}` } });

const statuses = async (count: number, path: string, secret?: string): Promise<number[]> => {
  const answers: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const headers: Record<string, string> = secret === undefined ? {} : { authorization: `Bearer ${secret}` };
    answers.push((await ask(app, 'GET', path, { headers })).status);
  }
  return answers;
};

describe('without a rate limit', () => {
  it('responses have no rate limit headers', async () => {
    app = await startTestApp();
    const { headers } = await app.api.get('/api/v1/phases').expect(200);
    expect(Object.keys(headers).filter((name) => /ratelimit/i.test(name))).toEqual([]);
  });
});

describe('a rate limit without authentication', () => {
  beforeEach(async () => (app = await startTestApp(undefined, { rateLimit: MOST })));

  it('counts requests by address, then returns 429', async () => {
    for (let left = MOST - 1; left >= 0; left -= 1) {
      const { headers } = await app.api.get('/api/v1/phases').expect(200);
      expect(headers['ratelimit-policy']).toBe(POLICY);
      expect(headers['ratelimit']).toMatch(new RegExp(`^"default";r=${left};t=([1-9]|[1-5]\\d|60)$`));
    }
    const refused = await ask(app, 'GET', '/api/v1/phases');
    const problem = problemIn(refused, 429, 'too_many_requests');
    const seconds = Number(refused.headers['retry-after']);
    expect(seconds > 0 && seconds <= 60).toBe(true);
    expect(problem['detail']).toBe(`Rate limit exceeded (${MOST} requests per minute). Retry in ${seconds} s.`);
    expect([refused.headers['ratelimit-policy'], refused.headers['ratelimit']]).toEqual([
      POLICY,
      `"default";r=0;t=${seconds}`,
    ]);
  });

  it('counts errors of every kind and ignores Authorization', async () => {
    expect((await askedWith(MADE_UP, '/nope')).headers['ratelimit']).toContain(`r=${MOST - 1};`);
    expect((await askedWith(MADE_UP, `/${'x'.repeat(9_000)}`)).status).toBe(414);
    expect((await ask(app, 'PUT', '/api/v1/tickets')).status).toBe(405);
    expect((await ask(app, 'GET', '/api/v1/tickets/x')).status).toBe(400);
    expect((await ask(app, 'GET', '/docs')).headers['ratelimit']).toContain('r=0;');
    expect(await statuses(2, '/nope', MADE_UP)).toEqual([429, 429]);
  });

  it('does not apply to health checks', async () => {
    await statuses(MOST + 1, '/api/v1/phases');
    for (const path of ['/health/live', '/health/ready']) {
      const answer = await ask(app, 'GET', path);
      expect([answer.status, answer.headers['ratelimit']]).toEqual([200, undefined]);
    }
    expect((await ask(app, 'GET', '/api/v1/phases')).status).toBe(429);
  });

  it('rejects a request before reading its body', async () => {
    await statuses(MOST, '/api/v1/phases');
    problemIn(await ask(app, 'POST', '/api/v1/tickets', { body: '{' }), 429, 'too_many_requests');
    expect(await app.database.query('SELECT 1 FROM tickets')).toEqual([]);
  });

  it('counts each concurrent request once', async () => {
    const answers = await Promise.all(Array.from({ length: 3 * MOST }, () => app.api.get('/api/v1/phases')));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(MOST);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(2 * MOST);
  });
});

describe('a rate limit with authentication', () => {
  beforeEach(async () => (app = await startTestApp(undefined, { rateLimit: MOST, authentication: true })));

  it('counts every key separately', async () => {
    const [one, other] = [await makeKey(app), await makeKey(app)];
    expect(await statuses(MOST + 1, '/api/v1/phases', one)).toEqual([...Array(MOST).fill(200), 429]);
    expect(await statuses(1, '/api/v1/phases', other)).toEqual([200]);
    const { headers } = await withKey(app, other).api.get('/api/v1/phases').expect(200);
    expect(headers['ratelimit']).toContain(`r=${MOST - 2};`);
    // Neither was on the account of the address.
    expect((await ask(app, 'GET', '/openapi.json')).headers['ratelimit']).toContain(`r=${MOST - 1};`);
  });

  it('rejects an address that guesses keys before looking them up', async () => {
    const guess = (i: number): string => MADE_UP.slice(0, -1) + i;
    const answers: number[] = [];
    for (let i = 0; i < MOST; i += 1) answers.push((await askedWith(guess(i), '/api/v1/phases')).status);
    expect(answers).toEqual(Array(MOST).fill(401));
    // Not even a key that would be right: otherwise the guessing would go on.
    problemIn(await askedWith(await makeKey(app), '/api/v1/phases'), 429, 'too_many_requests');
    problemIn(await askedWith(guess(0), '/api/v1/phases'), 429, 'too_many_requests');
    problemIn(await ask(app, 'GET', '/docs'), 429, 'too_many_requests');
  });

  it('counts requests without a key', async () => {
    expect(await statuses(MOST + 1, '/api/v1/phases')).toEqual([...Array(MOST).fill(401), 429]);
  });

  it('does not reject a known valid key because of other requests from its address', async () => {
    const secret = await makeKey(app);
    expect(await statuses(1, '/api/v1/phases', secret)).toEqual([200]);
    expect(await statuses(MOST + 1, '/api/v1/phases', MADE_UP)).toEqual([...Array(MOST).fill(401), 429]);
    expect(await statuses(MOST, '/api/v1/phases', secret)).toEqual([...Array(MOST - 1).fill(200), 429]);
  });

  it('counts a forbidden request for its key', async () => {
    const secret = await makeKey(app, { role: 'viewer' });
    const answer = await ask(app, 'POST', '/api/v1/tickets', {
      body: '{"title":"x"}',
      headers: { authorization: `Bearer ${secret}` },
    });
    expect([answer.status, answer.headers['ratelimit']]).toEqual([403, expect.stringContaining(`r=${MOST - 1};`)]);
    expect(await statuses(MOST, '/api/v1/phases', secret)).toEqual([...Array(MOST - 1).fill(200), 429]);
  });
});
