import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processesOf } from '../../testkit/child-application';
import { eventually } from '../../testkit/eventually';

/** A data directory of this test. */
let directory: string;
beforeAll(() => (directory = mkdtempSync(join(tmpdir(), 'phaseline-start-'))));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('npm start', () => {
  it('starts a server with an embedded database, which ends with npm and keeps its data', async () => {
    const first = await start();
    const created = await fetch(`${first.api}/tickets`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'Kept' }),
    });
    const location = created.headers.get('location');
    // The client keeps its connection open.
    expect(await end(first.npm)).toBe(0);

    const second = await start();
    const kept = (await (await fetch(new URL(location!, second.api))).json()) as { title: string };
    expect(kept.title).toBe('Kept');
    expect(await end(second.npm)).toBe(0);
  });
});

async function start(): Promise<{ npm: ChildProcess; api: string }> {
  const { DATABASE_URL: _, ...environment } = process.env;
  const env = { ...environment, DATA_DIR: directory, PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'info' };
  const npm = spawn('npm', ['start'], { cwd: join(__dirname, '../..'), env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [npm.stdout, npm.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const api = await eventually(() => /API +(http:\S+)/.exec(output)?.[1], { child: npm, output: () => output });
  expect(output).toMatch(
    /Phaseline is ready\.\n  API .*\n  Docs .*\n  Data .*\(embedded PostgreSQL 18\.\d+\)\nStop it with Ctrl-C\./,
  );
  return { npm, api };
}

/** Ends npm only, and waits for the end of the server and its database. Returns the exit code of npm. */
async function end(npm: ChildProcess): Promise<unknown> {
  const gone = once(npm, 'exit');
  npm.kill('SIGTERM');
  const [code] = await gone;
  await eventually(() => processesOf(directory).length === 0);
  return code;
}
