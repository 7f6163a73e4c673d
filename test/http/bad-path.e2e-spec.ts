import { METHODS } from 'node:http';
import { startTestApp, type TestApp } from '../../testkit/app';
import { finished, LATER_CHORES, startMigration } from '../../testkit/migrations';
import { CHORES, defineWorkflow } from '../../testkit/workflows';
import { OPERATIONS, READS, movedTicket, pathFor } from './operations';
import { ask, changesNothing, problemIn } from './wire';

let app: TestApp;
let id: string;
beforeAll(async () => {
  app = await startTestApp();
  id = await movedTicket(app);
});
afterAll(() => app.close());

const pathOf = (path: string): string => pathFor(path, id);
const PATHS = [...new Set(OPERATIONS.map(([, path]) => path))];

/** The methods that Node parses; CONNECT has no path. */
const READABLE = METHODS.filter((method) => method !== 'CONNECT');

describe('a method that a path does not support', () => {
  changesNothing(() => app);

  it.each(PATHS)('returns 405 with the allowed methods for %s', async (path) => {
    const known = OPERATIONS.filter(([, other]) => other === path).map(([method]) => method);
    if (known.includes('GET')) known.push('HEAD');
    for (const method of READABLE.filter((name) => !known.includes(name))) {
      const answer = await ask(app, method, pathOf(path));
      expect([method, answer.headers['allow']]).toEqual([method, known.sort().join(', ')]);
      if (method === 'HEAD') expect([answer.status, answer.body]).toEqual([405, '']);
      else expect(problemIn(answer, 405, 'method_not_allowed')['detail']).toMatch(`; got ${method}.`);
    }
  });

  it('returns 405 regardless of the body', async () => {
    const answer = await ask(app, 'PUT', `/api/v1/tickets/${id}`, { body: '{', type: 'text/plain' });
    problemIn(answer, 405, 'method_not_allowed');
  });

  it.each(['/docs', '/docs/', '/docs/swagger-ui.css', '/openapi.json'])(
    'returns a problem document for %s',
    async (path) => {
      for (const method of ['POST', 'DELETE', 'OPTIONS', 'PROPFIND']) {
        problemIn(await ask(app, method, path), 405, 'method_not_allowed');
      }
    },
  );
});

describe('an unknown path', () => {
  changesNothing(() => app);

  it.each([
    '/',
    '/api',
    '/api/v1',
    '/api/v1/',
    '/api/v2/tickets',
    '/tickets',
    '/api/v1/nope',
    '/api/v1/tickets/',
    '/api/v1//tickets',
    '//api/v1/tickets',
    '/api/v1/tickets//',
    '/api/v1/Tickets',
    '/API/v1/tickets',
    '/api/v1/tickets;x=1',
    '/api/v1/tickets.json',
    '/api/v1/tickets/../phases',
    '/api/v1/tickets/%2e%2e/phases',
    '/api/v1/projects/default',
    '/api/v1/phases/DONE',
    '/health',
    '/health/live/',
    '/metrics/',
    '/openapi.json/',
    '/docs/nope.js',
    '/docs/../../package.json',
    '/docs/%2e%2e/%2e%2e/package.json',
    '/docs/..%2f..%2fpackage.json',
    '/docs-json',
    '/docs-yaml',
    '/favicon.ico',
    '/__proto__',
    '/api/v1/constructor',
    '*',
  ])('returns 404 for %s', async (path) => {
    for (const method of ['GET', 'POST', 'OPTIONS', 'PROPFIND']) {
      if (path.startsWith('/docs/') && method !== 'GET') continue;
      const problem = problemIn(await ask(app, method, path), 404, 'route_not_found');
      expect(problem['instance']).toBe(path);
    }
    const head = await ask(app, 'HEAD', path);
    expect([head.status, head.body]).toEqual([404, '']);
  });

  it.each(['/%zz', '/%', '/%ff', '/api/v1/tickets/%zz', '/api/v1/tickets/%e2%82', '/api/v1/tickets/%c0%af/transition'])(
    'because %s cannot be decoded is refused',
    async (path) => {
      const answer = await ask(app, 'GET', path, { headers: { 'x-request-id': 'broken-path' } });
      const { errors } = problemIn(answer, 400, 'validation_failed');
      expect(errors).toEqual([{ in: 'path', pointer: '', detail: expect.stringMatching(/not a valid url/) }]);
      expect(answer.headers['x-request-id']).toBe('broken-path');
    },
  );
});

describe('a URL longer than 8 KiB', () => {
  changesNothing(() => app);

  it.each(OPERATIONS)('is rejected by %s %s', async (method, path) => {
    const answer = await ask(app, method, `${pathOf(path)}?${'x'.repeat(8_192)}`);
    problemIn(answer, 414, 'uri_too_long');
  });

  it('is rejected for an unknown route', async () => {
    problemIn(await ask(app, 'GET', `/${'x'.repeat(8_192)}`), 414, 'uri_too_long');
    problemIn(await ask(app, 'POST', `/api/v1/tickets/${'x'.repeat(8_192)}`), 414, 'uri_too_long');
  });
});

describe('the static files of Swagger UI', () => {
  it.each([
    ['a range that they do not have', { range: 'bytes=99999999-' }],
    ['a condition that they do not meet', { 'if-match': '"nothing"' }],
  ])('reject %s with a problem document', async (_, headers) => {
    const answer = await ask(app, 'GET', '/docs/swagger-ui.css', { headers });
    expect([answer.status < 500, answer.headers['content-type']]).toEqual([true, expect.not.stringMatching('html')]);
  });

  it('reject a NUL in a file name', async () => {
    problemIn(await ask(app, 'GET', '/docs/%00'), 404, 'route_not_found');
  });
});

/** Returns whether the response of a path changes over time: counters and durations. */
function isMoving(path: string): boolean {
  return path === '/metrics' || path.endsWith('/visits');
}

describe('HEAD', () => {
  let migration: string;
  beforeAll(async () => {
    for (const definition of [CHORES, LATER_CHORES]) await defineWorkflow(app, definition);
    const { id: run } = await finished(app, await startMigration(app));
    migration = `/api/v1/workflows/chores/migrations/${run}`;
  });

  it.each(READS)('returns the headers of %s %s without a body', async (method, path) => {
    const there = path.endsWith('/migrations/{id}') ? migration : pathOf(path);
    const get = await ask(app, method, there);
    const head = await ask(app, 'HEAD', there);
    expect([get.status, head.status, head.body]).toEqual([200, 200, '']);
    const tags = isMoving(path) ? [] : ['etag'];
    for (const name of ['content-type', 'link', ...tags]) expect(head.headers[name]).toBe(get.headers[name]);
    if (!isMoving(path)) expect(head.headers['content-length']).toBe(get.headers['content-length']);
  });
});
