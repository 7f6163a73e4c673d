import { gzipSync } from 'node:zlib';
import { startTestApp, type TestApp } from '../../testkit/app';
import {
  BODILESS_COMMANDS,
  BODY_OPERATIONS,
  GOOD_BODIES,
  OPERATIONS,
  READS,
  documented,
  movedTicket,
  pathFor,
} from './operations';
import { ask, changesNothing, problemIn, type RequestParts } from './wire';

let app: TestApp;
let id: string;
beforeAll(async () => {
  app = await startTestApp();
  id = await movedTicket(app);
});
afterAll(() => app.close());

const pathOf = (path: string): string => pathFor(path, id);

it('the list of operations under test is complete', () => {
  expect(OPERATIONS.map(([method, path]) => `${method} ${path}`).sort()).toEqual(documented(app.document).sort());
});

const MALFORMED: readonly (readonly [name: string, body: string | Buffer])[] = [
  ['a single bracket', '{'],
  ['words', 'not json'],
  ['white space', ' \n '],
  ['a trailing comma', '{"title":"x",}'],
  ['a comment', '{"title":"x"/* no */}'],
  ['single quotes', "{'title':'x'}"],
  ['NaN', '{"title":NaN}'],
  ['a form', 'title=x&key=y'],
  ['two values', '{"title":"a"}{"title":"b"}'],
  ['something after the value', '{"title":"x"} x'],
  ['a raw NUL', '{"title":"a\0b"}'],
  ['a raw control character', '{"title":"a\nb"}'],
  ['a broken escape', '{"title":"\\u12"}'],
  ['100,000 open brackets', '['.repeat(100_000)],
  ['an invalid UTF-8 byte', Buffer.from('{"title":"\xff"}', 'latin1')],
  ['overlong UTF-8', Buffer.from('{"title":"\xc0\xaf"}', 'latin1')],
  ['a surrogate in UTF-8', Buffer.from('{"title":"\xed\xa0\x80"}', 'latin1')],
  ['UTF-16', Buffer.from('{"title":"x"}', 'utf16le')],
  ['a __proto__ key', '{"__proto__":{"title":"x"}}'],
  ['an escaped __proto__ key', '{"\\u005f_proto__":{"title":"x"}}'],
  ['a __proto__ key inside', '{"artifacts":{"a":[{"__proto__":1}]}}'],
  ['a constructor with a prototype', '{"constructor":{"prototype":{"title":"x"}}}'],
];

it.each([
  ['{"title": x}', /^The body \(12 bytes\) is not JSON: .*x/],
  ['{"title": "a" "b"}', /^The body \(18 bytes\) is not JSON: .* at position 14/],
  ['{"title": "é"', /^The body \(14 bytes\) is not JSON: .+/],
  ['\uFEFF{"title": "a"', /^The body \(16 bytes\) is not JSON: Expected/],
  ['\uFEFF{"a": {"__proto__": 1}}', /^The body contains the name __proto__/],
  ['{"a": {"__proto__": 1}}', /^The body contains the name __proto__ or constructor\.prototype/],
  ['{"constructor": {"prototype": 1}}', /^The body contains the name __proto__ or constructor\.prototype/],
])('reports the position of the syntax error in %s', async (body, detail) => {
  const problem = problemIn(await ask(app, 'POST', '/api/v1/tickets', { body }), 400, 'malformed_json');
  expect(problem['detail']).toMatch(detail);
});

/** JSON values that no operation accepts as a body; `got` is how the problem describes the value. */
const MISFITS: readonly (readonly [name: string, body: string, detail: RegExp])[] = [
  ['nothing', '', /must be a JSON object; got nothing/],
  ['null', 'null', /must be a JSON object; got null/],
  ['an array', '[{"title":"x"}]', /must be a JSON object; got an array/],
  ['a text', '"title"', /must be a JSON object; got "title"/],
  ['a number', '1e400', /must be a JSON object/],
  ['a boolean', 'true', /must be a JSON object; got true/],
  ['an escaped NUL', '{"title":"a\\u0000","key":"a","to_phase":"DONE"}', /U\+0000/],
  ['an escaped NUL in a key', '{"\\u0000":"a"}', /U\+0000/],
  ['a lone surrogate', '{"title":"\\ud800","key":"a","to_phase":"DONE"}', /surrogate/],
  ['a lone low surrogate inside', '{"artifacts":{"a":["\\udc00"]}}', /surrogate/],
  ['a lone surrogate in a key', '{"artifacts":{"\\ud83c":1}}', /surrogate/],
  ['100,000 nested arrays', '['.repeat(100_000) + ']'.repeat(100_000), /more than 64 levels/],
  ['100,000 nested objects', '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000), /more than 64 levels/],
];

describe.each(BODY_OPERATIONS)('%s %s', (method, path) => {
  changesNothing(() => app);
  const good = JSON.stringify(GOOD_BODIES[`${method} ${path}`]);
  const send = (parts: RequestParts) => ask(app, method, pathOf(path), parts);

  it.each(MALFORMED)('rejects %s as malformed JSON', async (_, body) => {
    problemIn(await send({ body }), 400, 'malformed_json');
  });

  it.each(MISFITS)('rejects %s', async (_, body, detail) => {
    const { errors } = problemIn(await send({ body }), 400, 'validation_failed');
    expect(errors).toEqual([{ in: 'body', pointer: '', detail: expect.stringMatching(detail) }]);
  });

  it.each(['unknown', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'id', 'version', 'created_at', ''])(
    'names the unknown field %j',
    async (field) => {
      const body = JSON.stringify({ ...GOOD_BODIES[`${method} ${path}`], [field]: 'x' });
      const { errors } = problemIn(await send({ body }), 400, 'validation_failed');
      expect(errors).toEqual([
        { in: 'body', pointer: `/${field}`, detail: expect.stringMatching(/^is unknown; known are /) },
      ]);
    },
  );

  it('reports the first 100 unknown fields by JSON pointer', async () => {
    const fields = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`a/b~${i}`, i]));
    const { errors } = problemIn(await send({ body: JSON.stringify(fields) }), 400, 'validation_failed');
    expect(errors).toHaveLength(100);
    expect((errors as unknown[])[0]).toMatchObject({ pointer: '/a~1b~00' });
  });

  it('rejects a missing body', async () => {
    const expected = [{ in: 'body', pointer: '', detail: 'must be a JSON object; got nothing' }];
    expect(problemIn(await send({}), 400, 'validation_failed')['errors']).toEqual(expected);
    const declared = await send({ headers: { 'content-type': 'application/json' } });
    expect(problemIn(declared, 400, 'validation_failed')['errors']).toEqual(expected);
  });

  it.each([
    null,
    'text/plain',
    'text/json',
    'text/html',
    'application/problem+json',
    ...(method === 'PATCH' ? [] : ['application/merge-patch+json']),
    'application/merge-patch+json; charset=latin1',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonx',
    'application/json, text/plain',
    'application/json/x',
    'json',
    '/',
    'application/json; charset=latin1',
    'application/json; charset="UTF-16LE"',
  ])('rejects the content type %j', async (type) => {
    const answer = await send({ body: good, type });
    problemIn(answer, 415, 'unsupported_media_type');
    expect(answer.headers['accept-patch']).toBe(
      method === 'PATCH' ? 'application/merge-patch+json, application/json' : undefined,
    );
  });

  it.each(['gzip', 'br', 'deflate', 'gzip, identity'])('rejects a body with Content-Encoding: %s', async (encoding) => {
    const answer = await send({ body: gzipSync(good), headers: { 'content-encoding': encoding } });
    expect(problemIn(answer, 415, 'unsupported_media_type')['detail']).toContain(`Content-Encoding "${encoding}"`);
    expect(answer.headers['accept-encoding']).toBe('identity');
  });

  it('rejects a body above its limit, with a declared length or chunked', async () => {
    const isLarge = path === '/api/v1/transitions' || /\/workflows(\/lint)?$/.test(path);
    const limit = isLarge ? 8 * 1024 * 1024 : 1024 * 1024;
    const megabytes = Buffer.alloc(10_000_000, `{"title":"${'x'.repeat(1_000)}`);
    problemIn(await send({ body: megabytes.subarray(0, limit) }), 400, 'malformed_json');
    problemIn(await send({ body: megabytes }), 413, 'payload_too_large');
    problemIn(await send({ body: megabytes.subarray(0, limit + 1), chunked: true }), 413, 'payload_too_large');
  });
});

describe.each(BODILESS_COMMANDS)('%s %s', (method, path) => {
  changesNothing(() => app);

  it.each([
    ['{"title":"x"}', '/title'],
    ['[1]', '/0'],
    ['"x"', ''],
    ['0', ''],
    ['false', ''],
  ])('rejects the body %s', async (body, pointer) => {
    const { errors } = problemIn(await ask(app, method, pathOf(path), { body }), 400, 'validation_failed');
    expect(errors).toEqual([{ in: 'body', pointer, detail: expect.stringMatching(/this route accepts none$/) }]);
  });

  it('rejects invalid JSON, invalid UTF-8 and too large bodies', async () => {
    const send = (parts: RequestParts) => ask(app, method, pathOf(path), parts);
    problemIn(await send({ body: '{' }), 400, 'malformed_json');
    problemIn(await send({ body: Buffer.from([0xff]) }), 400, 'malformed_json');
    problemIn(await send({ body: 'x', type: 'text/plain' }), 415, 'unsupported_media_type');
    problemIn(await send({ body: Buffer.alloc(2_000_000, ' ') }), 413, 'payload_too_large');
  });
});

describe.each(READS)('%s %s', (method, path) => {
  changesNothing(() => app);

  it.each([true, false])('rejects a body (chunked: %s)', async (chunked) => {
    const parts = { body: '{"project":"default"}', chunked };
    const { errors } = problemIn(await ask(app, method, pathOf(path), parts), 400, 'validation_failed');
    expect(errors).toEqual([{ in: 'body', pointer: '', detail: 'must be empty; this route accepts none' }]);
    const head = await ask(app, 'HEAD', pathOf(path), parts);
    expect([head.status, head.body]).toEqual([400, '']);
  });
});
