import { randomUUID } from 'node:crypto';
import { startTestApp, type TestApp } from '../../testkit/app';
import { GOOD_BODIES, OPERATIONS, movedTicket, pathFor } from './operations';
import { ask, changesNothing, problemIn } from './wire';

let app: TestApp;
let id: string;
beforeAll(async () => {
  app = await startTestApp();
  id = await movedTicket(app);
});
afterAll(() => app.close());

const PROJECTS = '/api/v1/projects';
const KEYS = '/api/v1/api-keys';
const TICKETS = '/api/v1/tickets';
const TICKET = '/api/v1/tickets/{id}';
const TRANSITION = '/api/v1/tickets/{id}/transition';
const BULK = '/api/v1/transitions';
const MIGRATIONS = '/api/v1/workflows/{key}/migrations';

const VERSION = /^must be a whole number from 1 to 2147483647; got /;
const PLACES = /^must be a JSON object of at most 1000 texts of 1 to 50 characters; got /;
const NAME = /^must be a text of 1 to 100 characters that matches /;
const TIME = /^must be a time such as 2027-01-31T12:00:00Z; got /;
const KEY = /^must be a text of 1 to 50 characters that matches /;
const TITLE = /^must be a text of 1 to 500 characters; got /;
const LONG_TEXT = /^must be a text of 0 to 100000 characters; got /;
const PRIORITY = /^must be one of CRITICAL, HIGH, MEDIUM, LOW; got /;
const START = /^must be one of BACKLOG, REQUIREMENTS, DESIGN, IMPLEMENTATION, TESTING, DEPLOYMENT, DONE; got /;
const WHOLE = /^must be a whole number from 1 to 2147483647; got /;
const TO_PHASE = /^must be a text of 1 to 50 characters; got /;
const ACTOR = /^must be a text of 1 to 255 characters; got /;
const REASON = /^must be a text of 0 to 10000 characters; got /;
const ARTIFACTS = /^must be a JSON object of at most 65536 bytes whose numbers are exact/;

/** Every field with every value that it does not take. A bad value is JSON, so that numbers stay as they are written. */
const FIELDS: readonly (readonly [operation: string, field: string, detail: RegExp, bad: readonly string[]])[] = [
  [`POST ${PROJECTS}`, 'key', KEY, ['null', '1', '""', '" "', '"A"', '"-a"', '"a b"', '"ä"', '"a\\n"', text(51)]],
  [`POST ${PROJECTS}`, 'title', /1 to 200 characters/, ['null', 'true', '""', '[]', '{}', text(201)]],
  [`POST ${KEYS}`, 'name', NAME, ['null', '1', '""', '" a"', '"a "', '"ä"', '"a\\n"', '"-a"', '"a/b"', text(101)]],
  [`POST ${KEYS}`, 'name', /^must not be system/, ['"system"', '"SYSTEM"', '"System"']],
  [`POST ${KEYS}`, 'actor_kind', /^must be one of human, agent, service; got /, ['null', '"system"', '"Human"', '1']],
  [`POST ${KEYS}`, 'role', /^must be one of viewer, worker, admin; got /, ['null', '"owner"', '""', '["admin"]']],
  [`POST ${KEYS}`, 'project', KEY, ['""', '"Default"', '{}', '["default"]', text(51)]],
  [`POST ${KEYS}`, 'expires_at', TIME, ['""', '1', 'true', '"tomorrow"', '"2099-01-31"', '"2099-01-31T12:00:00"']],
  [`POST ${KEYS}`, 'expires_at', TIME, ['"2099-02-29T12:00:00Z"', '"2099-13-01T12:00:00Z"', '"2099-01-01T25:00:00Z"']],
  [`POST ${KEYS}`, 'expires_at', TIME, ['"2099-01-01T24:00:00Z"', '"9999-12-31T23:59:59-23:59"']],
  [`POST ${KEYS}`, 'expires_at', /^must be in the future$/, ['"2020-01-31T12:00:00Z"', '"0000-01-01T00:00:00Z"']],
  [`POST ${KEYS}`, 'expires_at', TIME, ['"0000-01-01T00:00:00+23:59"']],
  [`POST ${TICKETS}`, 'title', TITLE, ['null', '0', 'false', '""', '["x"]', '{"a":1}', text(501), text(501, '🎟')]],
  [`POST ${TICKETS}`, 'description', LONG_TEXT, ['1', 'false', '[]', '{}', text(100_001)]],
  [`POST ${TICKETS}`, 'priority', PRIORITY, ['""', '"high"', '"HIGH "', '1', '["HIGH"]', '"toString"']],
  [`POST ${TICKETS}`, 'phase_id', START, ['"BLOCKED"', '"backlog"', '"NOWHERE"', '"toString"']],
  [`POST ${TICKETS}`, 'phase_id', TO_PHASE, ['""', '4', '["DONE"]', text(51)]],
  [`POST ${TICKETS}`, 'workflow', KEY, ['""', '"Sdlc"', '{}', '["sdlc"]', text(51)]],
  [`POST ${TICKETS}`, 'workflow_version', WHOLE, ['""', '0', '-1', '1.5', '2147483648', '[1]']],
  [`POST ${TICKETS}`, 'project', KEY, ['""', '"Default"', '{}', '["default"]', text(51)]],
  [`PATCH ${TICKET}`, 'title', TITLE, ['null', '1', '""', '{}', text(501)]],
  [`PATCH ${TICKET}`, 'description', LONG_TEXT, ['1', 'true', '[]', text(100_001)]],
  [`PATCH ${TICKET}`, 'priority', PRIORITY, ['null', '"low"', '""', '0']],
  [`POST ${TRANSITION}`, 'to_phase', TO_PHASE, ['null', '7', '""', '["DONE"]', '{}', text(51)]],
  [`POST ${TRANSITION}`, 'reason', REASON, ['1', 'false', '[]', '{}', text(10_001)]],
  [`POST ${TRANSITION}`, 'transitioned_by', ACTOR, ['1', '""', '{}', text(256)]],
  [`POST ${TRANSITION}`, 'artifacts', ARTIFACTS, ['1', '"x"', '[]', '[{}]', 'true']],
  [`POST ${TRANSITION}`, 'artifacts', ARTIFACTS, ['{"n":1e400}', '{"n":[{"m":-1e400}]}', '{"n":9007199254740993}']],
  [`POST ${TRANSITION}`, 'artifacts', ARTIFACTS, ['{"n":1e300}', '{"n":-9007199254740992}']],
  [`POST ${BULK}`, 'mode', /^must be one of independent, atomic; got /, ['""', '"ATOMIC"', '1', '["atomic"]']],
  [`POST ${BULK}`, 'items', /^must be a list of 1 to 500 objects; got /, ['null', '{}', '[]', '"x"', nulls(501)]],
  [`POST ${MIGRATIONS}`, 'from_version', VERSION, ['null', '"1"', '0', '-1', '1.5', '2147483648', '1e400', '[1]']],
  [`POST ${MIGRATIONS}`, 'to_version', VERSION, ['null', '""', '0', 'true', '{}']],
  [`POST ${MIGRATIONS}`, 'to_version', /^must differ from from_version; got 1$/, ['1']],
  [`POST ${MIGRATIONS}`, 'phases', PLACES, ['"x"', '[]', '{"a":1}', '{"a":""}', `{"a":${text(51)}}`]],
  [`POST ${MIGRATIONS}`, 'dry_run', /^must be true or false; got /, ['"true"', '1', '0', '{}']],
];

const MISSING: readonly (readonly [operation: string, field: string, detail: RegExp])[] = [
  [`POST ${PROJECTS}`, 'key', KEY],
  [`POST ${PROJECTS}`, 'title', /1 to 200 characters; got nothing$/],
  [`POST ${KEYS}`, 'name', NAME],
  [`POST ${KEYS}`, 'actor_kind', /got nothing$/],
  [`POST ${KEYS}`, 'role', /got nothing$/],
  [`POST ${TICKETS}`, 'title', /1 to 500 characters; got nothing$/],
  [`POST ${TRANSITION}`, 'to_phase', /1 to 50 characters; got nothing$/],
  [`POST ${BULK}`, 'items', /1 to 500 objects; got nothing$/],
  [`POST ${MIGRATIONS}`, 'from_version', VERSION],
  [`POST ${MIGRATIONS}`, 'to_version', VERSION],
];

describe('a field', () => {
  changesNothing(() => app);

  it.each(FIELDS)('of %s: %s rejects invalid values', async (operation, field, detail, bad) => {
    const [method = '', path = ''] = operation.split(' ');
    for (const value of bad) {
      const { [field]: _, ...others } = GOOD_BODIES[operation]!;
      const body = `{${JSON.stringify(others).slice(1, -1)}${Object.keys(others).length > 0 ? ',' : ''}"${field}":${value}}`;
      const problem = problemIn(await ask(app, method, pathFor(path, id), { body }), 400, 'validation_failed');
      expect(problem['errors']).toEqual([{ in: 'body', pointer: `/${field}`, detail: expect.stringMatching(detail) }]);
    }
  });

  it.each(MISSING)('of %s: %s is required', async (operation, field, detail) => {
    const [method = '', path = ''] = operation.split(' ');
    const { [field]: _, ...others } = GOOD_BODIES[operation]!;
    const answer = await ask(app, method, pathFor(path, id), { body: JSON.stringify(others) });
    expect(problemIn(answer, 400, 'validation_failed')['errors']).toEqual([
      { in: 'body', pointer: `/${field}`, detail: expect.stringMatching(detail) },
    ]);
  });

  it('is reported together with all other invalid fields', async () => {
    const body = JSON.stringify({ title: '', description: 1, priority: 'x', phase_id: '', project: 'X' });
    const problem = problemIn(await ask(app, 'POST', TICKETS, { body }), 400, 'validation_failed');
    expect((problem['errors'] as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual([
      '/title',
      '/project',
      '/description',
      '/priority',
      '/phase_id',
    ]);
    expect(problem['detail']).toMatch(/^body \/title must be a text of 1 to 500 characters; got "" \(and 4 more\)\.$/);
  });

  it('of a list item is reported with its index', async () => {
    const items = [
      { ticket_id: id, to_phase: 'DESIGN' },
      null,
      { ticket_id: id },
      { ticket_id: 'x', to_phase: 'DONE' },
    ];
    const body = JSON.stringify({ items: [...items, { ticket_id: id, to_phase: 'DESIGN', status: 'x' }] });
    const problem = problemIn(await ask(app, 'POST', BULK, { body }), 400, 'validation_failed');
    expect((problem['errors'] as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual([
      '/items/1',
      '/items/2/to_phase',
      '/items/3/ticket_id',
      '/items/4/status',
    ]);
  });

  it('is not repeated in full in the error', async () => {
    const body = JSON.stringify({ title: '🎟'.repeat(501) });
    const problem = problemIn(await ask(app, 'POST', TICKETS, { body }), 400, 'validation_failed');
    expect(problem['detail']).toBe('body /title must be a text of 1 to 500 characters; got a text of 501 characters.');
  });
});

describe('an id', () => {
  changesNothing(() => app);
  const MALFORMED_IDS = [
    '1',
    'x',
    'null',
    'undefined',
    '%20',
    '%00',
    '..%2f..',
    "'%20or%201=1",
    '{id}',
    '%F0%9F%8E%9F',
  ];
  const withId = OPERATIONS.filter(([, path]) => path.includes('{id}'));
  const send = (method: string, path: string, ticket: string) => {
    const body = GOOD_BODIES[`${method} ${path}`];
    return ask(app, method, pathFor(path, ticket), body && { body: JSON.stringify(body) });
  };

  it.each(withId)('that is not a UUID is rejected by %s %s', async (method, path) => {
    const broken = [`${id}0`, id.slice(1), id.replaceAll('-', ''), `{${id}}`, `${id}%0a`, `urn:uuid:${id}`];
    for (const malformed of [...MALFORMED_IDS, ...broken, 'a'.repeat(5_000)]) {
      const problem = problemIn(await send(method, path, malformed), 400, 'validation_failed');
      const error = { in: 'path', pointer: '/id', detail: expect.stringMatching(/^must be a UUID; got /) };
      expect(problem['errors']).toEqual([error]);
    }
  });

  const KINDS = [
    { root: KEYS, code: 'api_key_not_found', what: 'API key' },
    { root: MIGRATIONS, code: 'migration_not_found', what: 'Migration' },
    { root: TICKETS, code: 'ticket_not_found', what: 'Ticket' },
  ];

  it.each(withId)('that does not exist returns 404 from %s %s', async (method, path) => {
    const { code, what } = KINDS.find(({ root }) => path.startsWith(root))!;
    for (const unknown of [
      randomUUID(),
      '00000000-0000-0000-0000-000000000000',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
    ]) {
      const problem = problemIn(await send(method, path, unknown), 404, code);
      expect(problem['detail']).toBe(`${what} ${unknown} does not exist.`);
    }
  });
});

describe('a project that does not exist', () => {
  changesNothing(() => app);

  it('returns 404 when a ticket is created or listed in it', async () => {
    const created = await ask(app, 'POST', TICKETS, { body: '{"title":"x","project":"nowhere"}' });
    const listed = await ask(app, 'GET', `${TICKETS}?project=nowhere`);
    for (const answer of [created, listed]) {
      expect(problemIn(answer, 404, 'project_not_found')['detail']).toBe('Project "nowhere" does not exist.');
    }
  });
});

it('a ticket id is accepted in upper case', async () => {
  const answer = await ask(app, 'GET', `${TICKETS}/${id.toUpperCase()}`);
  expect([answer.status, JSON.parse(answer.body).id]).toEqual([200, id]);
});

function nulls(length: number): string {
  return JSON.stringify(Array.from({ length }, () => null));
}

function text(length: number, character = 'x'): string {
  return JSON.stringify(character.repeat(length));
}
