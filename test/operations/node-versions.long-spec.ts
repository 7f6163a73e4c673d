import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processesOf } from '../../testkit/child-application';
import { eventually } from '../../testkit/eventually';
import { describeWith } from '../../testkit/requirements';

const ROOT = join(__dirname, '../..');
/** The oldest Node that package.json admits, and the current long-term one. The npm package `node` has the programs. */
const VERSIONS = ['20.19.0', '24'];
const INSTALL_MS = 900_000;

const isReachable = spawnSync('npm', ['view', `node@${VERSIONS[0]}`, 'version'], { timeout: 60_000 }).status === 0;
const registry = { name: 'npm-registry', present: isReachable };

let directory: string;
beforeAll(() => (directory = mkdtempSync(join(tmpdir(), 'phaseline-node-'))));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

for (const version of VERSIONS) describeWith(registry, `Node ${version}`, () => declareOn(version));

function declareOn(version: string): void {
  const copy = () => join(directory, `copy-${version}`);
  const data = () => join(directory, `data-${version}`);
  let env: NodeJS.ProcessEnv;

  beforeAll(() => {
    const tools = join(directory, `tools-${version}`);
    mkdirSync(tools);
    writeFileSync(join(tools, 'package.json'), '{"private":true}');
    execFileSync('npm', ['install', '--no-audit', '--no-fund', `node@${version}`], { cwd: tools, stdio: 'ignore' });
    env = environmentWith(join(tools, 'node_modules/node/bin'), data());
    expect(execFileSync('node', ['--version'], { env, encoding: 'utf8' })).toMatch(`v${version}`);
    copySources(copy());
  }, INSTALL_MS);

  it(
    'installs, builds and serves by npm start',
    async () => {
      const { output, transition } = await serve(copy(), data(), env);
      expect(output).toMatch(/Installed dependencies in [^]*Built in [^]*Phaseline is ready\./);
      expect(transition).toEqual([200, 'REQUIREMENTS']);
    },
    INSTALL_MS,
  );

  it(
    'runs tests',
    () => {
      const jest = ['node_modules/jest/bin/jest.js', '--ci', 'src/machine', 'test/phases/transition.e2e'];
      const { status, stderr } = spawnSync('node', jest, { cwd: copy(), env, encoding: 'utf8' });
      expect([status, stderr]).toEqual([0, expect.stringMatching(/Tests: .*\d+ passed, \d+ total/)]);
    },
    INSTALL_MS,
  );

  it(
    'serves a built tree after npm ci --omit=dev, without installing or building',
    async () => {
      const built = statSync(join(copy(), 'dist/src/main.js')).mtimeMs;
      execFileSync('npm', ['ci', '--omit=dev', '--no-audit', '--no-fund'], { cwd: copy(), env, stdio: 'ignore' });
      const { output, transition } = await serve(copy(), data(), env);
      expect(output).not.toMatch(/Install|Buil[dt]/);
      expect(transition).toEqual([200, 'REQUIREMENTS']);
      expect(existsSync(join(copy(), 'node_modules/jest'))).toBe(false);
      expect(statSync(join(copy(), 'dist/src/main.js')).mtimeMs).toBe(built);
    },
    INSTALL_MS,
  );
}

/** This environment without what npm and Jest add to it, so that the programs find the other Node first. */
function environmentWith(bin: string, dataDir: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^npm_|^NODE_(?!EXTRA_CA_CERTS)|^JEST|^DATABASE_URL$|^TEST_POSTGRES_URL$/i.test(name),
  );
  return {
    ...Object.fromEntries(inherited),
    PATH: `${bin}${delimiter}${process.env['PATH']}`,
    DATA_DIR: dataDir,
    PORT: '0',
    HOST: '127.0.0.1',
  };
}

/** Copies what a clone would hold, uncommitted changes included. */
function copySources(target: string): void {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', list, { cwd: ROOT, encoding: 'utf8' }).split('\0').filter(Boolean);
  for (const file of files.filter((name) => existsSync(join(ROOT, name)))) cpSync(join(ROOT, file), join(target, file));
}

/** Starts the server, moves a new ticket, and stops the server again. */
async function serve(cwd: string, dataDir: string, env: NodeJS.ProcessEnv) {
  const npm = spawn('npm', ['start'], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [npm.stdout, npm.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const gone = once(npm, 'exit');
  try {
    const transition = await moveNewTicket(await addressOf(npm, () => output));
    return { output, transition };
  } finally {
    npm.kill('SIGTERM');
    await gone;
    await eventually(() => processesOf(dataDir).length === 0);
  }
}

async function moveNewTicket(api: string): Promise<[status: number, phase: string]> {
  const { id } = (await (await post(`${api}/tickets`, { title: 'x' })).json()) as { id: string };
  const moved = await post(`${api}/tickets/${id}/transition`, { to_phase: 'REQUIREMENTS' });
  return [moved.status, ((await moved.json()) as { phase_id: string }).phase_id];
}

/** Installing and building take longer than a test usually waits. */
async function addressOf(npm: ChildProcess, output: () => string): Promise<string> {
  for (;;) {
    const [, address] = /API +(http:\S+)/.exec(output()) ?? [];
    if (address !== undefined) return address;
    if (npm.exitCode !== null) throw new Error(`npm start ended with ${npm.exitCode}:\n${output()}`);
    await sleep(100);
  }
}

function post(url: string, body: object): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}
