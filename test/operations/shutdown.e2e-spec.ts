import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from '../../testkit/database';
import { eventually } from '../../testkit/eventually';
import { startServerProcess, type ServerProcess } from '../../testkit/server-process';
import { WAITING_FOR_ME } from '../../testkit/waiting';
import { WireConnection } from '../http/wire-connection';

let database: TestDatabase;
let server: ServerProcess;
beforeAll(async () => (database = await createTestDatabase()));
afterAll(() => database.drop());
afterEach(() => server.stop('SIGKILL'));

const start = async (settings: Record<string, string> = {}): Promise<void> => {
  server = await startServerProcess({ DATABASE_URL: database.url, ...settings });
};
const open = (): Promise<WireConnection> => WireConnection.to(server.origin);
const signal = (): boolean => server.child.kill('SIGTERM');

const GET = 'GET /api/v1/phases HTTP/1.1\r\nhost: localhost\r\n\r\n';
const POST = 'POST /api/v1/tickets HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';

describe('SIGTERM', () => {
  it.each([
    ['sent nothing', ''],
    ['is between two requests', GET],
    ['sent half a head', 'GET /api/v1/phases HTTP/1.1\r\nhost: loc'],
    ['sent half a head after a request', `${GET}GET /api/v1/phases HTTP/1.1\r\nhost: loc`],
    ['sent half a body', `${POST}content-length: 50\r\n\r\n{"title"`],
    ['sent half a chunked body', `${POST}transfer-encoding: chunked\r\n\r\n8\r\n{"title"\r\n`],
  ])('ends the server with exit code 0 beside a connection that %s', async (_, bytes) => {
    await start();
    const connection = await open();
    connection.write(bytes);
    if (bytes.startsWith(GET)) await connection.answers(1);
    expect(await server.stop()).toBe(0);
    await connection.closed;
    expect(server.output()).not.toMatch(/still running|reset/);
  });

  it('ends the server with exit code 0 beside a client that reads no response', async () => {
    await start();
    const connection = await open();
    connection.pause();
    connection.write('GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(40));
    // The responses do not fit into the buffers of the connection.
    await eventually(async () => (await fetch(`${server.origin}/health/live`)).ok);
    expect(await server.stop()).toBe(0);
  });

  it('lets a transition that waits for its ticket finish, and closes its connection', async () => {
    await start();
    const id = await createTicket();
    const holder = new Client(database.url);
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM tickets WHERE id = $1 FOR UPDATE', [id]);
    const connection = await open();
    const body = '{"to_phase":"REQUIREMENTS"}';
    const head = POST.replace('/tickets', `/tickets/${id}/transition`);
    connection.write(`${head}content-length: ${body.length}\r\n\r\n${body}`);
    await eventually(async () => (await holder.query(WAITING_FOR_ME)).rows.length > 0);
    signal();
    await eventually(() => server.output().includes('Stopping'));
    await holder.query('ROLLBACK');
    await holder.end();
    await connection.closed;
    const [answer] = await connection.answers(1);
    expect([answer!.status, answer!.headers['connection']]).toEqual([200, 'close']);
    expect(await server.stop()).toBe(0);
  });

  it('leaves no request unanswered that was sent before it', async () => {
    await start();
    const connections = await Promise.all(Array.from({ length: 200 }, open));
    await Promise.all(connections.slice(0, 100).map((each) => each.ask(GET)));
    const request = (n: number): string => {
      const body = `{"title":"${n}"}`;
      return n % 2 === 0 ? GET : `${POST}content-length: ${body.length}\r\n\r\n${body}`;
    };
    for (const [n, connection] of connections.entries()) connection.write(request(n));
    signal();
    await Promise.all(connections.map(({ closed }) => closed));
    const answers = await Promise.all(connections.map((each, n) => each.answers(n < 100 ? 2 : 1)));
    const unanswered = answers.map((_, n) => n).filter((n) => answers[n]!.length < (n < 100 ? 2 : 1));
    expect(server.output()).not.toContain('still running');
    expect(unanswered).toEqual([]);
    expect(await server.stop()).toBe(0);
  });

  it('leaves no request unanswered on a connection with several requests', async () => {
    await start();
    const connection = await open();
    connection.write('GET /api/v1/tickets HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(10));
    signal();
    await connection.closed;
    const answers = await connection.answers(10);
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(await server.stop()).toBe(0);
  });
});

describe('SHUTDOWN_GRACE_SECONDS', () => {
  it('keeps the port open, fails readiness at once and closes every connection after its response', async () => {
    await start({ SHUTDOWN_GRACE_SECONDS: '3' });
    const [kept, idle, silent] = [await open(), await open(), await open()];
    await kept.ask(GET);
    await idle.ask(GET);
    signal();
    await eventually(() => server.output().includes('Stopping'));
    for (const [path, status] of [
      ['/health/ready', 503],
      ['/health/live', 200],
      ['/api/v1/phases', 200],
      ['/nope', 404],
    ] as const) {
      const connection = await open();
      const answer = await connection.ask(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
      expect([path, answer.status, answer.headers['connection']]).toEqual([path, status, 'close']);
      await connection.closed;
    }
    const answer = await kept.ask(GET);
    expect([answer.status, answer.headers['connection']]).toEqual([200, 'close']);
    await Promise.all([kept.closed, idle.closed, silent.closed]);
    expect(await server.stop()).toBe(0);
  });

  it('is not waited for a second time when the signal is repeated', async () => {
    await start({ SHUTDOWN_GRACE_SECONDS: '1' });
    signal();
    signal();
    expect(await server.stop()).toBe(0);
    expect(server.output().split('Stopping').length).toBe(2);
  });
});

async function createTicket(): Promise<string> {
  const response = await fetch(`${server.origin}/api/v1/tickets`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: '{"title":"x"}',
  });
  return ((await response.json()) as { id: string }).id;
}
