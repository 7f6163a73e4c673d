import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram, type Run } from '../../testkit/run-program';

/** A directory of this test; the data directory in it must not be created. */
let directory: string;
let taken: Server;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'phaseline-refused-'));
  taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
});
afterAll(() => {
  taken.close();
  rmSync(directory, { recursive: true, force: true });
});

const data = () => join(directory, 'data');

function start(args: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  return runProgram('src/main.js', args, { cwd: directory, env: { DATA_DIR: data(), ...env } });
}

describe('A start of the server', () => {
  it.each([
    ['on a taken port', () => ({ PORT: portOf(taken) }), /^Port \d+ on 127\.0\.0\.1 is in use\. Set PORT to/m],
    [
      'on an address of another machine',
      () => ({ HOST: '203.0.113.9', AUTH: 'required' }),
      /^203\.0\.113\.9 is not an address of this machine\. Set HOST to/m,
    ],
  ])('%s reports the reason and creates nothing', async (_, env, message) => {
    const { code, stderr, stdout } = await start([], env());
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
    expect(stdout + stderr).not.toContain('{');
    expect(existsSync(data())).toBe(false);
  });

  it.each([[['--port', '4000']], [['4000']]])('rejects the arguments %j and lists the settings', async (args) => {
    const { code, stderr } = await start(args);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: .*\n\nSettings come from the environment/)]);
    expect(existsSync(data())).toBe(false);
  });

  it('names every setting with --help', async () => {
    const { code, stdout } = await start(['--help']);
    expect(code).toBe(0);
    const settings = readFileSync(join(__dirname, '../../.env.example'), 'utf8').match(/^[A-Z_]+(?==)/gm)!;
    expect(settings.length).toBeGreaterThan(8);
    expect(settings.filter((name) => !stdout.includes(name))).toEqual([]);
  });
});

const portOf = (server: Server): string => String((server.address() as AddressInfo).port);
