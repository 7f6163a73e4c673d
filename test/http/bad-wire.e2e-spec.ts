import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { startTestApp, type TestApp } from '../../testkit/app';
import { movedTicket } from './operations';
import { ask, changesNothing, problemIn, sendBytes } from './wire';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await movedTicket(app);
});
afterAll(() => app.close());

const BODY = '{"title":"x"}';
const POST = `POST /api/v1/tickets HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n`;

/** Bytes that are not an HTTP/1.1 request. */
const GARBAGE: readonly (readonly [name: string, bytes: string | Buffer])[] = [
  ['words', 'GARBAGE\r\n\r\n'],
  ['a method in small letters', 'get / HTTP/1.1\r\nhost: localhost\r\n\r\n'],
  ['an unknown method', 'MOVEALONG /api/v1/tickets HTTP/1.1\r\nhost: localhost\r\n\r\n'],
  ['a TLS handshake', Buffer.from('16030102000100010001fc0303', 'hex')],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['an unknown version', 'GET / HTTP/3.7\r\nhost: localhost\r\n\r\n'],
  ['a blank in the URL', 'GET /api/v1/tickets?limit= 5 HTTP/1.1\r\nhost: localhost\r\n\r\n'],
  ['a header without a colon', 'GET / HTTP/1.1\r\nhost: localhost\r\nno colon\r\n\r\n'],
  ['a NUL in a header', 'GET / HTTP/1.1\r\nhost: localhost\r\nx: a\0b\r\n\r\n'],
  ['a folded header', 'GET / HTTP/1.1\r\nhost: localhost\r\n x: y\r\n\r\n'],
  ['a negative Content-Length', `${POST}content-length: -5\r\n\r\n${BODY}`],
  ['a Content-Length of letters', `${POST}content-length: abc\r\n\r\n${BODY}`],
  ['two Content-Lengths', `${POST}content-length: 13\r\ncontent-length: 5\r\n\r\n${BODY}`],
  ['Content-Length beside chunks', `${POST}content-length: 13\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['a chunk of no length', `${POST}transfer-encoding: chunked\r\n\r\nzz\r\n${BODY}\r\n0\r\n\r\n`],
  ['a chunk longer than it says', `${POST}transfer-encoding: chunked\r\n\r\n5\r\n${BODY}\r\n0\r\n\r\n`],
];

describe('bytes that are not an HTTP request', () => {
  changesNothing(() => app);

  it.each(GARBAGE)('are rejected: %s', async (_, bytes) => {
    const answers = await sendBytes(app, bytes);
    expect(answers).toHaveLength(1);
    const { errors } = problemIn(answers[0]!, 400, 'validation_failed');
    expect(errors).toEqual([
      { in: 'header', pointer: '', detail: expect.stringMatching(/is not an HTTP\/1\.1 request/) },
    ]);
    expect(answers[0]!.headers['connection']).toBe('close');
  });

  it.each([
    ['a header', `GET /api/v1/tickets HTTP/1.1\r\nhost: localhost\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`],
    ['all headers', `GET /health/live HTTP/1.1\r\nhost: localhost\r\n${`x: ${'y'.repeat(100)}\r\n`.repeat(200)}\r\n`],
    ['the URL', `GET /api/v1/tickets?${'a'.repeat(20_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`],
  ])('are rejected if the head exceeds 16 KiB: %s', async (_, bytes) => {
    const [answer] = await sendBytes(app, bytes);
    problemIn(answer!, 431, 'headers_too_large');
  });

  it('are rejected if the body is shorter than declared', async () => {
    const [answer] = await sendBytes(app, `${POST}content-length: 50\r\n\r\n${BODY}`, true);
    problemIn(answer!, 400, 'validation_failed');
  });

  it('are rejected if the body is longer than declared', async () => {
    const [answer] = await sendBytes(app, `${POST}content-length: 5\r\n\r\n${BODY}`);
    problemIn(answer!, 400, 'malformed_json');
  });

  it('are rejected if they arrive too slowly', async () => {
    const server = app.nest.getHttpServer();
    const connected = new Promise<Socket>((resolve) => server.once('connection', resolve));
    const answered = sendBytes(app, `${POST}content-length: 50\r\n\r\n${BODY}`);
    // What the server's own clock says after 30 s.
    const late = Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
    server.emit('clientError', late, await connected);
    problemIn((await answered)[0]!, 408, 'request_timeout');
  });
});

describe('a complete request', () => {
  changesNothing(() => app);

  it.each(['CONNECT test:443', 'CONNECT /api/v1/tickets'])('gets a response: %s', async (line) => {
    const [answer] = await sendBytes(app, `${line} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    problemIn(answer!, 404, 'route_not_found');
  });

  it('requires a Host in HTTP/1.1 but not in HTTP/1.0', async () => {
    const [answer] = await sendBytes(app, 'GET /api/v1/phases HTTP/1.1\r\nconnection: close\r\n\r\n');
    expect(problemIn(answer!, 400, 'validation_failed')['errors']).toMatchObject([{ in: 'header', pointer: '/host' }]);
    const [old] = await sendBytes(app, 'GET /api/v1/phases HTTP/1.0\r\n\r\n');
    expect(old!.status).toBe(200);
  });

  it.each([
    ['host', 'localhost\r\nHost: 127.0.0.1'],
    ['authorization', 'Bearer a\r\nauthorization: Bearer b'],
    ['content-type', 'application/json\r\nContent-Type: text/plain'],
    ['idempotency-key', 'a\r\nIdempotency-Key: b'],
    ['origin', 'http://localhost\r\norigin: http://localhost'],
  ])('is rejected with two headers %s', async (name, value) => {
    const answer = await ask(app, 'POST', '/api/v1/tickets', { body: BODY, headers: { [name]: value } });
    expect(problemIn(answer, 400, 'validation_failed')['errors']).toEqual([
      { in: 'header', pointer: `/${name}`, detail: 'must be sent once; got several' },
    ]);
  });

  it.each<Record<string, string>>([
    { connection: 'close, upgrade', upgrade: 'websocket' },
    { connection: 'close, upgrade, http2-settings', upgrade: 'h2c' },
    { expect: 'the-moon' },
  ])('gets the usual response with the headers %j', async (headers) => {
    const answer = await ask(app, 'GET', '/health/live', { headers });
    expect(answer).toMatchObject({ status: 200, body: '{"status":"ok"}' });
  });

  it.each(['text/html', '*/*;q=0', 'x', ''])('gets a JSON response with Accept: %j', async (accept) => {
    const answer = await ask(app, 'GET', '/api/v1/nope', { headers: { accept } });
    problemIn(answer, 404, 'route_not_found');
  });
});

describe('invalid bytes after a complete request', () => {
  it('do not suppress the response to the request', async () => {
    const title = randomUUID();
    const body = JSON.stringify({ title });
    const bytes = `${POST}content-length: ${body.length}\r\n\r\n${body}GARBAGE\r\n\r\n`;
    const [first, second] = await sendBytes(app, bytes);
    expect([first!.status, JSON.parse(first!.body).title]).toEqual([201, title]);
    problemIn(second!, 400, 'validation_failed');
    expect(await app.database.query('SELECT 1 FROM tickets WHERE title = $1', [title])).toHaveLength(1);
  });

  it('are rejected after the responses to all earlier requests', async () => {
    const get = 'GET /health/ready HTTP/1.1\r\nhost: localhost\r\n\r\n';
    const answers = await sendBytes(app, `${get}${get}${get}GARBAGE\r\n\r\n`);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 400]);
  });
});

describe('X-Request-Id', () => {
  it.each(['abc', '0192f0c4-7c1e-7d3a-8a4e-2f6f3c1b9a55', 'A.b:c_d-1', 'x'.repeat(64)])(
    '%s is kept when it is valid',
    async (given) => {
      for (const path of ['/health/live', '/api/v1/nope', '/api/v1/tickets/x']) {
        const answer = await ask(app, 'GET', path, { headers: { 'x-request-id': given } });
        expect(answer.headers['x-request-id']).toBe(given);
      }
    },
  );

  it.each([
    '',
    'x'.repeat(65),
    '<script>',
    'a b',
    'a\tb',
    '"a"',
    '{"a":1}',
    '${jndi:x}',
    'a,b',
    '\xe9',
    '%0d%0aset-cookie',
  ])('%j is replaced because it is invalid', async (given) => {
    const answer = await ask(app, 'GET', '/health/live', { headers: { 'x-request-id': given } });
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  it('is generated when the client sends none or two', async () => {
    const ids = new Set<string>();
    for (const headers of [undefined, undefined, { 'x-request-id': 'a\r\nx-request-id: b' }]) {
      ids.add((await ask(app, 'GET', '/health/live', { headers })).headers['x-request-id']!);
    }
    expect([ids.size, ids.has('a'), ids.has('b')]).toEqual([3, false, false]);
  });
});
