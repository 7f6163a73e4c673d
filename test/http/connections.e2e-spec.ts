import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerAdapter } from '../../src/http/server/adapter';
import type { Connections } from '../../src/http/server/connections';
import { LIMITS } from '../../src/http/server/limits';
import { startTestApp, type TestApp } from '../../testkit/app';
import { borrowDatabase } from '../../testkit/database';
import { eventually } from '../../testkit/eventually';
import { createTicket } from '../../testkit/tickets';
import { WAITING_FOR_ME } from '../../testkit/waiting';

let app: TestApp;
beforeAll(async () => (app = await startTestApp()));
afterAll(() => app.close());

/** A connection, and all that came over it. */
async function open(): Promise<{ socket: Socket; received: () => string; closed: Promise<unknown> }> {
  const { port, hostname } = new URL(app.origin);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString()));
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'connect');
  return { socket, received: () => text, closed };
}

/** Changes a limit of the running server for one test. */
async function withLimit<T extends object, K extends keyof T>(of: T, name: K, value: T[K], test: () => Promise<void>) {
  const before = of[name];
  of[name] = value;
  await test().finally(() => (of[name] = before));
}

it('the server has the documented limits', () => {
  const { headersTimeout, requestTimeout, keepAliveTimeout, timeout } = app.nest.getHttpServer();
  expect(bounds()).toEqual({
    total: LIMITS.connections,
    perClient: LIMITS.connectionsPerAddress,
    reading: LIMITS.reading,
  });
  expect({ headersTimeout, requestTimeout, keepAliveTimeout, timeout }).toEqual({
    headersTimeout: LIMITS.headArrival,
    requestTimeout: LIMITS.arrival,
    keepAliveTimeout: LIMITS.keepAlive,
    timeout: LIMITS.silence,
  });
});

describe('a client that sends very slowly', () => {
  it.each([
    ['the head', 'headersTimeout', 'GET /api/v1/phases HTTP/1.1\r\nhost: localhost\r\n', 'x: y\r\n'],
    [
      'the body',
      'requestTimeout',
      'POST /api/v1/tickets HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n',
      ' ',
    ],
  ] as const)('%s is cut off, however steadily it comes', async (_, limit, start, drop) => {
    await withLimit(app.nest.getHttpServer(), limit, 500, async () => {
      const { socket, received, closed } = await open();
      socket.write(start);
      const dribble = setInterval(() => socket.writable && socket.write(drop), 100);
      await closed.finally(() => clearInterval(dribble));
      expect(received()).toMatch(/^HTTP\/1\.1 408 /);
      expect(received()).toContain('"code":"request_timeout"');
    });
  });

  it('does not delay other clients', async () => {
    const idle = await Promise.all(Array.from({ length: 50 }, open));
    for (const { socket } of idle) socket.write('GET /api/v1/phases HTTP/1.1\r\n');
    await app.api.get('/api/v1/phases').expect(200);
    for (const { socket } of idle) socket.destroy();
  });
});

describe('a connection', () => {
  it('is closed if the client does not read the responses', async () => {
    await withLimit(bounds(), 'reading', 0, async () => {
      const unread = await openUnread();
      await connections(0);
      unread.socket.resume();
      await unread.closed;
    });
  });

  it('stays open while the client reads the responses', async () => {
    await withLimit(bounds(), 'reading', 0, async () => {
      const { socket, received, closed } = await open();
      socket.write(HEALTH.repeat(100));
      await eventually(() => received().split('HTTP/1.1 200').length === 101);
      socket.write(HEALTH.replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n'));
      await closed;
      expect(received().split('HTTP/1.1 200')).toHaveLength(102);
    });
  });
});

describe('When no place is free', () => {
  beforeEach(() => connections(0));

  describe.each([
    ['in the process', 'total'],
    ['for the address', 'perClient'],
  ] as const)('%s', (_, bound) => {
    it.each([
      ['has sent nothing', () => open()],
      ['is between two requests', () => openAfterRequest()],
      ['has sent half a head', () => openWith('GET /api/v1/phases HTTP/1.1\r\nhost: loc')],
      ['has sent half a body', () => openWith(`${POST}content-length: 99\r\n\r\n{`)],
      ['does not read its responses', () => openUnread()],
    ])('a connection that %s is closed for a new one', async (_, openIdle) => {
      const [oldest, ...others] = [await openIdle(), await openIdle(), await openIdle()];
      // A whole request later, the server has parsed what the others have sent.
      await app.api.get('/health/live').set('connection', 'close').expect(200);
      await connections(3);
      await withLimit(bounds(), bound, 3, async () => {
        await app.api.get('/health/live').set('connection', 'close').expect(200);
        oldest.socket.resume();
        await oldest.closed;
        expect(others.map(({ socket }) => socket.destroyed)).toEqual([false, false]);
        for (const { socket } of others) socket.destroy();
      });
    });

    it('a new connection is closed if all others wait for their responses', async () => {
      const { id } = await createTicket(app);
      await connections(0);
      const holder = await borrowDatabase(app.database.url);
      await holder.query('BEGIN');
      await holder.query('SELECT 1 FROM tickets WHERE id = $1 FOR UPDATE', [id]);
      await withLimit(bounds(), bound, 1, async () => {
        const body = '{"to_phase":"REQUIREMENTS"}';
        const busy = await openWith(
          `${POST.replace('tickets', `tickets/${id}/transition`)}content-length: ${body.length}\r\n\r\n${body}`,
        );
        await eventually(async () => (await holder.query(WAITING_FOR_ME)).length > 0);
        const refused = await open();
        await refused.closed;
        expect(refused.received()).toBe('');
        await holder.query('ROLLBACK');
        await eventually(() => busy.received().startsWith('HTTP/1.1 200'));
        busy.socket.destroy();
      });
      await holder.drop();
    });
  });
});

const HEALTH = 'GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n';
const POST = 'POST /api/v1/tickets HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';

function bounds(): Connections['bounds'] {
  return (app.nest.getHttpAdapter() as unknown as ServerAdapter).connections.bounds;
}

async function openWith(bytes: string): ReturnType<typeof open> {
  const connection = await open();
  await new Promise<void>((resolve) => connection.socket.write(bytes, () => resolve()));
  return connection;
}

async function openAfterRequest(): ReturnType<typeof open> {
  const connection = await openWith(HEALTH);
  await eventually(() => connection.received().includes('200'));
  return connection;
}

/** Opens a connection with more responses than its buffers hold. */
async function openUnread(): ReturnType<typeof open> {
  const connection = await open();
  connection.socket.pause();
  connection.socket.write('GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(200));
  await eventually(async () => (await app.api.get('/health/live').set('connection', 'close')).status === 200);
  await eventually(() => connection.socket.bytesWritten > 0 && connection.socket.readableLength > 0);
  return connection;
}

/** Waits, for at most 10 s, until the server has so many connections open. */
async function connections(count: number): Promise<number> {
  let open = -1;
  for (let waited = 0; waited < 10_000 && open !== count; waited += 20) {
    open = await new Promise<number>((resolve) =>
      app.nest.getHttpServer().getConnections((_: unknown, n: number) => resolve(n)),
    );
    if (open !== count) await sleep(20);
  }
  expect(open).toBe(count);
  return open;
}
