import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { startTestApp, type TestApp } from '../../testkit/app';
import { describeWith } from '../../testkit/requirements';
import { WireConnection } from './wire-connection';

/** Larger than every body that the server accepts, and small enough to be read to its end. */
const BODY = JSON.stringify({ title: 'x', description: 'y'.repeat(10_000_000) });
const HEADERS = { 'content-type': 'application/json' };
const TIMES = 10;

let app: TestApp;
beforeAll(async () => (app = await startTestApp()));
afterAll(() => app.close());

const url = (): string => `${app.origin}/api/v1/tickets`;
const isInstalled = (command: string): boolean => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;

/** Calls a client several times, one after the other. */
async function repeated(call: () => Promise<unknown>): Promise<unknown[]> {
  const results: unknown[] = [];
  for (let i = 0; i < TIMES; i++) results.push(await call().catch((error: Error) => error.cause ?? error));
  return results;
}

const everyTime = (result: unknown): unknown[] => Array(TIMES).fill(result);

async function outputOf(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stdin.on('error', () => undefined).end(BODY);
  await once(child, 'close');
  return output.trim();
}

describe('A body of 10 MB', () => {
  it('gets a readable 413 in fetch', async () => {
    const send = async () => {
      const response = await fetch(url(), { method: 'POST', headers: HEADERS, body: BODY });
      return [response.status, ((await response.json()) as { code: string }).code];
    };
    expect(await repeated(send)).toEqual(everyTime([413, 'payload_too_large']));
  });

  it.each([{}, { connection: 'close' }, { 'transfer-encoding': 'chunked' }, { expect: '100-continue' }])(
    'gets a readable 413 in http.request with the headers %j',
    async (headers) => {
      const send = () =>
        new Promise((resolve, reject) => {
          const sent = request(url(), { method: 'POST', headers: { ...HEADERS, ...headers } }, (response) => {
            response.resume().on('end', () => resolve(response.statusCode));
          });
          sent.on('error', reject).end(BODY);
        });
      expect(await repeated(send)).toEqual(everyTime(413));
    },
  );

  it('does not hide an earlier rejection', async () => {
    const send = async () => {
      const response = await fetch(`${app.origin}/nope`, {
        method: 'POST',
        headers: { ...HEADERS, connection: 'close' },
        body: BODY,
      });
      return response.status;
    };
    expect(await repeated(send)).toEqual(everyTime(404));
  });

  it('is not read for ever: the server closes the connection after a bound', async () => {
    const connection = await WireConnection.to(app.origin);
    connection.write('POST /api/v1/tickets HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n');
    connection.write(`content-length: ${10 ** 12}\r\n\r\n`);
    const block = Buffer.alloc(1024 * 1024, ' ');
    const send = (): void => {
      while (connection.socket.writable && connection.socket.write(block));
    };
    connection.socket.on('drain', send);
    send();
    await connection.closed;
    expect(connection.text).toContain(' 413 ');
  });

  describeWith({ name: 'python3', present: isInstalled('python3') }, 'in Python', () => {
    it('gets a readable 413', async () => {
      const program = `
import sys, urllib.request, urllib.error
body = sys.stdin.buffer.read()
try:
    urllib.request.urlopen(urllib.request.Request(sys.argv[1], body, {'Content-Type': 'application/json'}))
except urllib.error.HTTPError as error:
    print(error.code)`;
      expect(await repeated(() => outputOf('python3', ['-c', program, url()]))).toEqual(everyTime('413'));
    });
  });

  describeWith({ name: 'curl', present: isInstalled('curl') }, 'in curl', () => {
    it('gets a readable 413', async () => {
      const write = ['-s', '-S', '-o', '/dev/null', '-w', '%{http_code}'];
      const args = [...write, '-H', 'content-type: application/json', '--data-binary', '@-', url()];
      expect(await repeated(() => outputOf('curl', args))).toEqual(everyTime('413'));
    });
  });
});
