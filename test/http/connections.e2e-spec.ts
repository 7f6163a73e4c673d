import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '../../src/http/server/limits';
import { startTestApp, type TestApp } from '../../testkit/app';

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
  const closed = once(socket, 'close');
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
  const { maxConnections, headersTimeout, requestTimeout, keepAliveTimeout, timeout } = app.nest.getHttpServer();
  expect({ maxConnections, headersTimeout, requestTimeout, keepAliveTimeout, timeout }).toEqual({
    maxConnections: LIMITS.connections,
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
    await withLimit(app.nest.getHttpServer(), 'timeout', 500, async () => {
      const { socket, closed } = await open();
      socket.pause();
      socket.write('GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(200));
      const serverSide = await connections(1);
      expect(serverSide).toBe(1);
      await connections(0);
      socket.resume();
      await closed;
    });
  });

  it('is closed immediately above the limit of connections', async () => {
    await connections(0);
    await withLimit(app.nest.getHttpServer(), 'maxConnections', 2, async () => {
      const [first, second, third] = [await open(), await open(), await open()];
      await third.closed;
      expect(third.received()).toBe('');
      for (const { socket, closed, received } of [first, second]) {
        socket.write('GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
        await closed;
        expect(received()).toMatch(/^HTTP\/1\.1 200 /);
      }
    });
    await app.api.get('/health/live').expect(200);
  });
});

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
