import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChildServer } from '../../src/terminal/child-server';
import { eventually } from '../../testkit/eventually';

const BUILT = join(__dirname, '../../dist/src/terminal/child-server.js');
const LISTEN = `
  const server = require('node:http').createServer((_, response) => response.end(JSON.stringify(process.env)));
  server.listen(Number(process.env.PORT), process.env.HOST, () => {
    console.log('Welcome.');
    console.log('It listens at http://127.0.0.1:' + server.address().port + '/api');
  });`;
const IGNORE_SIGTERM = `process.on('SIGTERM', () => {});`;

let directory: string;
beforeAll(async () => (directory = await mkdtemp(join(tmpdir(), 'child-server-'))));
afterAll(() => rm(directory, { recursive: true, force: true }));

async function script(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('ChildServer', () => {
  it('receives only the given settings, and ends on stop()', async () => {
    process.env['NOT_FOR_SERVERS'] = 'x';
    const server = await ChildServer.start(await script('good.js', LISTEN), { DATA_DIR: 'there' });
    const environment = (await (await fetch(server.origin)).json()) as Record<string, string>;
    expect(environment).toMatchObject({ HOST: '127.0.0.1', PORT: '0', NODE_ENV: 'production', DATA_DIR: 'there' });
    expect(environment).not.toHaveProperty('NOT_FOR_SERVERS');
    delete process.env['NOT_FOR_SERVERS'];
    expect(server.banner).toMatch(/^Welcome\.\nIt listens at /);
    expect([server.hasEnded, isRunning(server.pid)]).toEqual([false, true]);
    await server.stop();
    expect([server.hasEnded, isRunning(server.pid)]).toEqual([true, false]);
    await server.stop();
  });

  it('reports the output of a server that ends during its start', async () => {
    const path = await script('bad.js', `console.error('No database.'); process.exitCode = 3;`);
    await expect(ChildServer.start(path, {})).rejects.toThrow('It ended with 3.\nNo database.');
  });

  it('reports a start that exceeds its timeout, and ends the process', async () => {
    const path = await script('slow.js', `console.log(process.pid); setInterval(() => {}, 1000);`);
    const failure: Error = await ChildServer.start(path, {}, { timeouts: { start: 1_000, stop: 1_000 } }).catch(
      (error) => error,
    );
    expect(failure.message).toMatch(/^It did not print its address\.\n\d+$/);
    const pid = Number(failure.message.split('\n')[1]);
    await eventually(() => !isRunning(pid));
  });

  it('kills a server that ignores SIGTERM', async () => {
    const timeouts = { start: 20_000, stop: 200 };
    const server = await ChildServer.start(await script('stubborn.js', IGNORE_SIGTERM + LISTEN), {}, { timeouts });
    await server.stop();
    expect(server.hasEnded).toBe(true);
  });

  it('waits for the orderly end of a server whose start timed out', async () => {
    const path = await script(
      'orderly.js',
      `
      process.on('SIGTERM', () => {
        require('node:fs').writeFileSync(process.env.TRACE, 'Stopped.');
        process.exit();
      });
      setInterval(() => {}, 1000);`,
    );
    const trace = join(directory, 'trace');
    const timeouts = { start: 1_000, stop: 20_000 };
    await expect(ChildServer.start(path, { TRACE: trace }, { timeouts })).rejects.toThrow('It did not print');
    expect(await readFile(trace, 'utf8')).toBe('Stopped.');
  });

  it('stops waiting for a server when the signal aborts', async () => {
    const path = await script('endless.js', `console.log('Not yet.'); setInterval(() => {}, 1000);`);
    const interruption = new AbortController();
    const starting = ChildServer.start(path, {}, { signal: interruption.signal });
    interruption.abort(new Error('enough'));
    await expect(starting).rejects.toThrow('enough');
    await expect(ChildServer.start(path, {}, { signal: interruption.signal })).rejects.toThrow('enough');
  });

  it('starts in the given directory, and in its own process group when it is detached', async () => {
    const path = await script(
      'place.js',
      `${LISTEN} console.log(process.cwd()); console.log(require('node:fs').readFileSync('/proc/self/stat', 'utf8'));`,
    );
    const groupOf = (banner: string): number => Number(/\) \w \d+ (\d+)/.exec(banner)![1]);
    const [one, other] = await Promise.all([
      ChildServer.start(path, {}),
      ChildServer.start(path, {}, { cwd: directory, detached: true }),
    ]);
    expect([one.banner, other.banner]).toEqual([
      expect.stringContaining(`${tmpdir()}\n`),
      expect.stringContaining(`${directory}\n`),
    ]);
    expect([groupOf(one.banner) === one.pid, groupOf(other.banner) === other.pid]).toEqual([false, true]);
    await Promise.all([one.stop(), other.stop()]);
  });

  it('reads an address only when it is complete', async () => {
    const path = await script(
      'slow-speaker.js',
      `process.stdout.write('http://127.0.0.1:4'); setTimeout(() => console.log('1235/api'), 300);
      setInterval(() => {}, 1000);`,
    );
    const server = await ChildServer.start(path, {});
    expect(server.origin).toBe('http://127.0.0.1:41235');
    await server.stop();
  });

  it('kills the server when the program ends', async () => {
    const path = await script(
      'program.js',
      `
      const { ChildServer } = require(${JSON.stringify(BUILT)});
      ChildServer.start(${JSON.stringify(await script('stubborn.js', IGNORE_SIGTERM + LISTEN))}, {}).then(({ pid }) => {
        console.log(pid);
        process.exit(0);
      });`,
    );
    const program = spawn(process.execPath, [path], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    program.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await once(program, 'close');
    expect(output).toMatch(/^\d+\n$/);
    await eventually(() => !isRunning(Number(output)));
  });
});
