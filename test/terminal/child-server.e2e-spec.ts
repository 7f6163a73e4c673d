import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChildServer } from '../../src/terminal/child-server';
import { eventually } from '../support/eventually';

const BUILT = join(__dirname, '../../dist/src/terminal/child-server.js');
const LISTEN = `
  const server = require('node:http').createServer((_, response) => response.end(JSON.stringify(process.env)));
  server.listen(Number(process.env.PORT), process.env.HOST, () => {
    console.log('Welcome.');
    console.log('It listens at http://127.0.0.1:' + server.address().port + '/api');
  });`;
const DEAF = `process.on('SIGTERM', () => {});`;

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
  it('is started with the settings that it is given and no others, and ends when it is told to', async () => {
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

  it('tells what a server said that ended instead', async () => {
    const path = await script('bad.js', `console.error('No database.'); process.exitCode = 3;`);
    await expect(ChildServer.start(path, {})).rejects.toThrow('It ended with 3.\nNo database.');
  });

  it('waits no longer than it is to, and leaves nothing behind', async () => {
    const path = await script('slow.js', `console.log(process.pid); setInterval(() => {}, 1000);`);
    const failure: Error = await ChildServer.start(path, {}, { start: 1_000, stop: 1_000 }).catch((error) => error);
    expect(failure.message).toMatch(/^It did not say where it listens\.\n\d+$/);
    const pid = Number(failure.message.split('\n')[1]);
    await eventually(() => !isRunning(pid));
  });

  it('ends a server by force that does not listen', async () => {
    const server = await ChildServer.start(await script('deaf.js', DEAF + LISTEN), {}, { start: 20_000, stop: 200 });
    await server.stop();
    expect(server.hasEnded).toBe(true);
  });

  it('does not outlive the program', async () => {
    const path = await script(
      'program.js',
      `
      const { ChildServer } = require(${JSON.stringify(BUILT)});
      ChildServer.start(${JSON.stringify(await script('deaf.js', DEAF + LISTEN))}, {}).then(({ pid }) => {
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
