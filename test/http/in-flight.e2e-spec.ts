import { LIMITS } from '../../src/http/server/limits';
import { startTestApp, type TestApp } from '../../testkit/app';
import { eventually } from '../../testkit/eventually';
import { makeKey, withKey } from '../../testkit/keys';
import { createTicket } from '../../testkit/tickets';
import { problemIn, type Answer } from './wire';
import { WireConnection } from './wire-connection';

const BODY = Buffer.alloc(LIMITS.bulkBody, ' ');
const OWN_DETAIL = 'Your requests and unread responses exceed 32 MiB. Read the responses, then retry.';
const TOTAL_DETAIL = 'The server is processing too many large requests. Nothing was changed; retry later.';

let app: TestApp;
let keys: string[];
let [one, other] = ['', ''];
beforeAll(async () => {
  app = await startTestApp(undefined, { authentication: true });
  keys = await Promise.all(Array.from({ length: 3 }, () => makeKey(app)));
  [one = '', other = ''] = keys;
});
afterAll(() => app.close());

const headOf = (method: string, path: string, key: string, more = ''): string =>
  `${method} ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${key}\r\n${more}\r\n`;

const describedBy = (length: number): string => `content-type: application/json\r\ncontent-length: ${length}\r\n`;

const CHUNKED = 'content-type: application/json\r\ntransfer-encoding: chunked\r\n';

const bulkHead = (key: string, length = BODY.length): string =>
  headOf('POST', '/api/v1/transitions', key, describedBy(length));

const post = (path: string, key: string, body: unknown): string => {
  const text = JSON.stringify(body);
  return headOf('POST', path, key, describedBy(Buffer.byteLength(text))) + text;
};

const chunk = (bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);

/** Opens a connection for each request and sends it. */
const sendAll = (requests: readonly string[]): Promise<WireConnection[]> =>
  Promise.all(
    requests.map(async (request) => {
      const connection = await WireConnection.to(app.origin);
      connection.write(request);
      return connection;
    }),
  );

/** Returns the first response on any of the connections. */
async function firstAnswer(connections: readonly WireConnection[]): Promise<Answer> {
  const [answer] = await Promise.race(connections.map((connection) => connection.answers(1)));
  return answer!;
}

const end = (connections: readonly WireConnection[]): void => {
  for (const { socket } of connections) socket.destroy();
};

async function statusOf(request: string): Promise<number> {
  const connection = await WireConnection.to(app.origin);
  const { status } = await connection.ask(request);
  connection.socket.destroy();
  return status;
}

/**
 * Declares bodies of one more than the bound allows, waits until one is rejected, then sends the others.
 *
 * @returns the statuses, in ascending order
 */
async function exceedBy(callers: readonly string[]): Promise<number[]> {
  const connections = await sendAll(callers.map((key) => bulkHead(key)));
  await firstAnswer(connections);
  for (const connection of connections) if (connection.text === '') connection.write(BODY);
  const answers = await Promise.all(connections.map((connection) => connection.answers(1)));
  end(connections);
  return answers.map(([answer]) => answer?.status ?? 0).sort();
}

/** Waits until no bytes are counted: then as many bodies as the total allows arrive at once, and one more is rejected. */
async function untilAllIsFree(): Promise<void> {
  const allowed = LIMITS.inFlight / BODY.length;
  const callers = Array.from({ length: allowed + 1 }, (_, n) => keys[n % keys.length]!);
  const expected = [...Array<number>(allowed).fill(400), 503].join();
  await eventually(async () => (await exceedBy(callers)).join() === expected);
}

describe('Bodies that arrive', () => {
  it('of one key are bounded, and those of another key are not affected', async () => {
    const allowed = LIMITS.inFlightPerCaller / BODY.length;
    const unfinished = await sendAll(Array(allowed + 1).fill(bulkHead(one)));
    const refusal = problemIn(await firstAnswer(unfinished), 503, 'busy');
    expect(refusal['detail']).toBe(OWN_DETAIL);
    const large = { title: 'x', description: 'y'.repeat(50_000) };
    expect(await statusOf(post('/api/v1/tickets', one, large))).toBe(503);
    expect(await statusOf(post('/api/v1/tickets', one, { title: 'small' }))).toBe(201);
    expect(await statusOf(post('/api/v1/tickets', other, large))).toBe(201);
    expect(await statusOf(headOf('GET', '/health/ready', one))).toBe(200);
    end(unfinished);
    await untilAllIsFree();
  });

  it('of all keys together are bounded', async () => {
    const heads = keys.flatMap((key) => Array<string>(3).fill(bulkHead(key)));
    const unfinished = await sendAll(heads);
    expect(problemIn(await firstAnswer(unfinished), 503, 'busy')['detail']).toBe(TOTAL_DETAIL);
    expect(await statusOf(post('/api/v1/tickets', one, { title: 'small' }))).toBe(201);
    expect(await statusOf(headOf('GET', '/health/live', one))).toBe(200);
    end(unfinished);
    await untilAllIsFree();
  });

  it('without a declared size are counted while they arrive', async () => {
    const unfinished = await sendAll(Array(5).fill(headOf('POST', '/api/v1/transitions', one, CHUNKED)));
    for (const connection of unfinished) connection.write(chunk(BODY.subarray(1)));
    expect(problemIn(await firstAnswer(unfinished), 503, 'busy')['detail']).toBe(OWN_DETAIL);
    end(unfinished);
    await untilAllIsFree();
  });
});

describe('Bytes are counted no longer', () => {
  const large = (): object => ({ title: 'x', description: 'y'.repeat(90_000) });
  const many = <T>(value: T): T[] => Array<T>(100).fill(value);

  it('after requests on one connection, sent one after the other and together', async () => {
    const connection = await WireConnection.to(app.origin);
    connection.write(many(post('/api/v1/tickets', one, large())).join(''));
    const answers = await connection.answers(100);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    connection.socket.destroy();
    await untilAllIsFree();
  });

  it('after a client has left while its request is processed', async () => {
    end(await sendAll(many(post('/api/v1/tickets', one, large()))));
    end(await sendAll(many(headOf('GET', '/api/v1/tickets?limit=10', one))));
    await untilAllIsFree();
  });

  it.each([
    ['too large', () => headOf('POST', '/api/v1/transitions', one, describedBy(BODY.length + 1)), BODY, 413],
    ['of another type', () => bulkHead(one).replace('application/json', 'text/plain'), BODY, 415],
    ['not JSON', () => bulkHead(one), BODY, 400],
    ['chunked and too large', () => headOf('POST', '/api/v1/transitions', one, CHUNKED), chunk(Buffer.alloc(9e6)), 413],
    ['chunked and not JSON', () => headOf('POST', '/api/v1/transitions', one, CHUNKED), chunk(Buffer.alloc(9e5)), 400],
    ['read with HEAD', () => headOf('HEAD', '/api/v1/tickets?limit=10', one), Buffer.alloc(0), 200],
  ])('after a request that is %s', async (_, head, body, status) => {
    for (let i = 0; i < 10; i++) {
      const connection = await WireConnection.to(app.origin);
      connection.write(head());
      connection.write(body);
      if (head().includes('chunked')) connection.write('0\r\n\r\n');
      expect((await connection.answers(1))[0]?.status).toBe(status);
      connection.socket.destroy();
    }
    await untilAllIsFree();
  });
});

describe('Responses that are not read', () => {
  it('are bounded for each key, and counted until the connection ends', async () => {
    const { api } = withKey(app, one);
    const caller = { ...app, api };
    for (let i = 0; i < 40; i++) await createTicket(caller, { title: 'x', description: '漢'.repeat(33_000) });
    const list = headOf('GET', '/api/v1/tickets?limit=40', one);
    const unread = await Promise.all(Array.from({ length: 30 }, () => WireConnection.to(app.origin)));
    for (const connection of unread) {
      connection.pause();
      // The buffers of a connection hold several megabytes.
      connection.write(list.repeat(4));
    }
    await eventually(async () => (await statusOf(list)) === 503);
    expect(await statusOf(post('/api/v1/tickets', one, { title: 'small' }))).toBe(201);
    expect(await statusOf(headOf('GET', '/api/v1/tickets?limit=40', other))).toBe(200);
    expect(await statusOf(headOf('GET', '/health/live', one))).toBe(200);
    end(unread);
    await eventually(async () => (await statusOf(list)) === 200);
    await untilAllIsFree();
  });
});
