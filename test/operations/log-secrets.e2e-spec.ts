import { createTestDatabase, type TestDatabase } from '../../testkit/database';
import { startServerProcess, type ServerProcess } from '../../testkit/server-process';

const PASSWORD = 'hunter2-of-the-database';
const STRANGER = `pl_${'S3cr3t_'.repeat(7).slice(0, 43)}`;
const TITLE = 'a confidential title';

let database: TestDatabase;
let server: ServerProcess;
let adminKey: string;
beforeAll(async () => {
  database = await createTestDatabase();
  const url = new URL(database.url);
  // Servers that ask for no password take any; with one of their own, it is theirs that must not show.
  url.password ||= PASSWORD;
  server = await startServerProcess({
    DATABASE_URL: url.href,
    AUTH: 'required',
    LOG_LEVEL: 'debug',
    RATE_LIMIT_MAX: '1000',
  });
  adminKey = /pl_[\w-]{43}/.exec(server.output())![0];
});
afterAll(async () => {
  await server.stop();
  await database.drop();
});

const ask = (path: string, key: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${server.origin}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', connection: 'close' },
  });

/** Lines of the log: JSON lines on standard error. */
const logLines = (): string[] =>
  server
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'));

it('the log has a line for every request and no secrets', async () => {
  expect((await ask('/api/v1/phases', adminKey)).status).toBe(200);
  expect((await ask('/api/v1/phases', STRANGER)).status).toBe(401);
  expect((await ask(`/api/v1/tickets?key=${STRANGER}`, adminKey)).status).toBe(400);
  expect((await ask(`/api/v1/tickets/${STRANGER}`, adminKey)).status).toBe(400);
  const body = JSON.stringify({ name: 'log-reader', actor_kind: 'service', role: 'viewer' });
  const made = (await (await ask('/api/v1/api-keys', adminKey, { method: 'POST', body })).json()) as { key: string };
  expect(made.key).toMatch(/^pl_/);
  await database.query('ALTER TABLE tickets RENAME COLUMN title TO gone');
  const post = { method: 'POST', body: JSON.stringify({ title: TITLE }) };
  const failed = await ask('/api/v1/tickets', adminKey, post);
  const { error_id: errorId } = (await failed.json()) as { error_id: string };
  expect([failed.status, errorId]).toEqual([500, expect.any(String)]);
  expect((await ask(`/api/v1/tickets?project=${STRANGER.slice(0, 30)}`, adminKey)).status).toBeGreaterThanOrEqual(400);

  const log = logLines();
  const paths = log.map((line) => JSON.parse(line) as { path?: string; status?: number });
  expect(paths).toEqual(expect.arrayContaining([expect.objectContaining({ path: '/api/v1/phases', status: 401 })]));
  expect(log.filter((line) => line.includes(errorId))).toHaveLength(1);
  const text = log.join('\n');
  for (const secret of [adminKey, made.key, STRANGER, STRANGER.slice(0, 30), PASSWORD, TITLE]) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(encodeURIComponent(secret));
  }
  expect(text).not.toMatch(/bearer +[^*]|"authorization"/i);
  const password = decodeURIComponent(new URL(database.url).password);
  if (password !== '') expect(server.output()).not.toContain(password);
  expect(server.output()).not.toContain(PASSWORD);
  expect(server.output().split(adminKey)).toHaveLength(2);
});
