import { startTestApp, type TestApp } from '../../testkit/app';
import { OPERATIONS, listsIn, movedTicket, pathFor, type List } from './operations';
import { ask, changesNothing, problemIn } from './wire';

let app: TestApp;
let id: string;
let lists: readonly List[];
beforeAll(async () => {
  app = await startTestApp();
  id = await movedTicket(app);
  lists = listsIn(app.document);
});
afterAll(() => app.close());

const pathOf = (path: string): string => pathFor(path, id);

const UNKNOWN = ['unknown', '__proto__', 'constructor', 'toString', 'limit[]', 'phase[x]', 'Limit', 'a%2Fb', ''];
const BROKEN = ['%zz', '%', '%ff', '%e2%82', 'a=%c3', 'limit=%f', '%ed%a0%80=1'];

describe.each(OPERATIONS)('%s %s', (method, path) => {
  changesNothing(() => app);

  it('reports an unknown query parameter', async () => {
    for (const name of UNKNOWN) {
      const answer = await ask(app, method, `${pathOf(path)}?${name}=1`);
      const { errors } = problemIn(answer, 400, 'validation_failed');
      const pointer = `/${decodeURIComponent(name).replaceAll('/', '~1')}`;
      expect(errors).toEqual([{ in: 'query', pointer, detail: expect.stringMatching(/^is unknown; /) }]);
    }
  });

  it('rejects invalid percent-encoding in the query', async () => {
    for (const query of BROKEN) {
      const { errors } = problemIn(await ask(app, method, `${pathOf(path)}?${query}`), 400, 'validation_failed');
      expect([query, errors]).toMatchObject([query, [{ in: 'query', pointer: '' }]]);
    }
  });
});

it('the lists under test are all operations with a Link header', () => {
  const linking = Object.entries(app.document.paths).filter(([, { get }]) => {
    const answer = get?.responses['200'];
    return answer !== undefined && 'headers' in answer && answer.headers?.['Link'] !== undefined;
  });
  expect(lists.map(({ path }) => path)).toEqual(linking.map(([path]) => path));
  expect(lists).toContainEqual({ path: '/api/v1/tickets/{id}/phase-history', most: 1_000 });
});

describe('the limit of a list', () => {
  const LIMITS = ['0', '-1', '1e2', '0x10', '%205', '+5', '5.0', '', 'NaN', 'null', 'true', '1,2', '%D9%A3', '1_0'];

  async function refused({ path }: List, query: string, detail: unknown): Promise<void> {
    const { errors } = problemIn(await ask(app, 'GET', `${pathOf(path)}?${query}`), 400, 'validation_failed');
    expect([path, errors]).toEqual([path, [{ in: 'query', pointer: '/limit', detail }]]);
  }
  const isBound = (most: number) => expect.stringMatching(`^must be a whole number from 1 to ${most}; got `);

  it.each([...LIMITS, '9'.repeat(400)])('must not be %j', async (limit) => {
    for (const list of lists) await refused(list, `limit=${limit}`, isBound(list.most));
  });

  it('must not exceed the maximum', async () => {
    for (const list of lists) await refused(list, `limit=${list.most + 1}`, isBound(list.most));
  });

  it('can be 1 and the maximum', async () => {
    for (const { path, most } of lists) {
      for (const limit of [1, most]) {
        expect([path, (await ask(app, 'GET', `${pathOf(path)}?limit=${limit}`)).status]).toEqual([path, 200]);
      }
    }
  });

  it('must not be repeated', async () => {
    for (const list of lists) await refused(list, 'limit=1&limit=1', 'must be given once; got it repeatedly');
  });
});

const UUID = '0192f0c4-7c1e-7d3a-8a4e-2f6f3c1b9a55';

/** Forged cursors: JSON as text, so that it can contain what JSON.stringify would repair. */
const FORGED: readonly (readonly [name: string, json: string])[] = [
  ['no JSON', 'x'],
  ['nothing', ''],
  ['null', 'null'],
  ['an object', '{"0":"-created_at","1":1}'],
  ['no key', '["-created_at"]'],
  ['a key too many', `["-created_at",1,"${UUID}",1]`],
  ['the order of a history', '["asc",1]'],
  ['the order of projects', '["key","a"]'],
  ['another order', `["updated_at",1,"${UUID}"]`],
  ['a number for an order', `[1,1,"${UUID}"]`],
  ['SQL for an order', `["-created_at); DROP TABLE tickets; --",1,"${UUID}"]`],
  ['SQL for an id', `["-created_at",1,"' OR 1=1 --"]`],
  ['an object for an id', '["-created_at",1,{"a":1}]'],
  ['NUL for an id', '["-created_at",1,"\\u0000"]'],
  ['a text for a time', `["-created_at","1","${UUID}"]`],
  ['infinity', `["-created_at",1e999,"${UUID}"]`],
  ['NaN', `["-created_at",NaN,"${UUID}"]`],
  ['half a millisecond', `["-created_at",1.5,"${UUID}"]`],
  ['a time before all dates', `["-created_at",-8640000000000001,"${UUID}"]`],
  ['a time before all of PostgreSQL', `["-created_at",-8640000000000000,"${UUID}"]`],
  ['a time just before PostgreSQL', `["-created_at",-210866889600001,"${UUID}"]`],
  ['a time after all dates', `["-created_at",8640000000000001,"${UUID}"]`],
  ['an array of arrays', `[[["-created_at"]],[1],["${UUID}"]]`],
];

describe('a cursor', () => {
  beforeAll(async () => {
    for (const title of ['a', 'b']) await app.api.post('/api/v1/tickets').send({ title }).expect(201);
  });
  changesNothing(() => app);
  const refused = async (path: string, query: string) => {
    const { errors } = problemIn(await ask(app, 'GET', `${pathOf(path)}?${query}`), 400, 'validation_failed');
    expect([path, errors]).toMatchObject([path, [{ in: 'query', pointer: '/cursor' }]]);
  };
  const encoded = (json: string): string => Buffer.from(json).toString('base64url');

  it.each(FORGED)('with the content %s is rejected by the list of tickets', async (_, json) => {
    await refused('/api/v1/tickets', `cursor=${encoded(json)}`);
  });

  it.each(['["key","\\u0000"]', '["key","\\ud800"]', '["key",1]', '["key",null]', '["key"]', '["asc",1]'])(
    'that holds %s is refused by the list of projects',
    (json) => refused('/api/v1/projects', `cursor=${encoded(json)}`),
  );

  it.each(['["name","\\u0000"]', '["name",1]', '["name"]', '["key","a"]'])(
    'that holds %s is refused by the list of keys',
    (json) => refused('/api/v1/api-keys', `cursor=${encoded(json)}`),
  );

  it.each([
    '["asc",-1]',
    '["asc",1.5]',
    '["asc",2147483648]',
    '["asc","1"]',
    '["desc",1]',
    `["-created_at",1,"${UUID}"]`,
  ])('with the content %s is rejected by a history', (json) =>
    refused('/api/v1/tickets/{id}/phase-history', `cursor=${encoded(json)}`),
  );

  it.each(['', '%00', '!', '../..', 'null', 'a'.repeat(501), 'W'.repeat(500)])(
    'of no sense, %j, is refused by every list',
    async (cursor) => {
      for (const { path } of lists) await refused(path, `cursor=${cursor}`);
    },
  );

  it('accepts the earliest and the latest possible time', async () => {
    for (const time of [-210866803200000, 8640000000000000]) {
      const answer = await ask(app, 'GET', `/api/v1/tickets?cursor=${encoded(`["-created_at",${time},"${UUID}"]`)}`);
      expect(answer.status).toBe(200);
    }
  });

  it('is rejected when truncated or used with another order', async () => {
    const { headers } = await app.api.get('/api/v1/tickets?limit=1').expect(200);
    const cursor = /cursor=([\w-]+)/.exec(headers['link']!)![1]!;
    for (const length of [1, 10, cursor.length - 4])
      await refused('/api/v1/tickets', `cursor=${cursor.slice(0, length)}`);
    for (const sort of ['created_at', 'updated_at', '-updated_at']) {
      await refused('/api/v1/tickets', `sort=${sort}&cursor=${cursor}`);
    }
  });
});

describe('a filter', () => {
  it.each([
    ['/api/v1/tickets', 'sort', ['title', '', 'CREATED_AT', '--created_at', 'created_at,id', 'created_at desc', '1']],
    ['/api/v1/tickets', 'archived', ['', 'True', '1', 'none']],
    ['/api/v1/tickets', 'priority', ['', 'high', 'URGENT', 'HIGH,LOW']],
    ['/api/v1/tickets', 'phase', ['', '%00', 'x'.repeat(51)]],
    ['/api/v1/tickets', 'project', ['', 'Default', '%00', 'x'.repeat(51), "a'--"]],
    ['/api/v1/tickets/{id}/phase-history', 'order', ['', 'ASC', 'up', 'asc;desc']],
  ] as const)('of %s: %s rejects invalid values', async (path, name, values) => {
    for (const value of values) {
      const answer = await ask(app, 'GET', `${pathOf(path)}?${name}=${value.replaceAll(' ', '%20')}`);
      const { errors } = problemIn(answer, 400, 'validation_failed');
      expect(errors).toEqual([
        { in: 'query', pointer: `/${name}`, detail: expect.stringMatching(/^must be .*; got "/) },
      ]);
    }
  });

  it.each([
    ['phase=%F0%9F%8E%9F', 'must be a phase of a workflow; got "🎟"'],
    ['phase=requirements', 'must be a phase of a workflow; got "requirements"; did you mean REQUIREMENTS?'],
    ['workflow=sdlc&phase=Testing', 'must be a phase of this workflow; got "Testing"; did you mean TESTING?'],
    ['workflow=sdlc&phase=nowhere', 'must be a phase of this workflow; got "nowhere"'],
  ])('rejects the unknown phase of %s', async (query, detail) => {
    const { errors } = problemIn(await ask(app, 'GET', `/api/v1/tickets?${query}`), 400, 'validation_failed');
    expect(errors).toEqual([{ in: 'query', pointer: '/phase', detail }]);
  });

  it('returns no tickets for a phase without tickets', async () => {
    expect(await ask(app, 'GET', '/api/v1/tickets?phase=DEPLOYMENT')).toMatchObject({ status: 200, body: '[]' });
  });
});
