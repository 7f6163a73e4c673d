import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { findBinaries } from '../../src/database/embedded/binaries';
import { clusterOf, findServiceAccount, runAs } from '../../src/database/embedded/data-directory';
import { urlOfRunning } from '../../src/database/embedded/listen-address';
import { processesOf } from '../../testkit/child-application';
import { killPostgres, postmasterOf } from '../../testkit/cluster';
import { ask, ClusterDirectories } from '../../testkit/cluster-directories';
import { eventually } from '../../testkit/eventually';
import { Impostor } from '../../testkit/impostor';
import { describeWith } from '../../testkit/requirements';

/** A user of the machine that owns nothing of the cluster. */
const STRANGER = 54_321;

const directories = new ClusterDirectories();
const start = directories.start.bind(directories);

/** A stopped cluster in a directory in which the path of a socket would be too long. */
const longDirectory = (): string => directories.made(`${directories.empty()}-${'x'.repeat(100)}`);

/** Returns the ports that the processes of a directory listen on, by the sockets in /proc. */
function listeningPorts(directory: string): number[] {
  const table = ['tcp', 'tcp6'].flatMap((name) => readFileSync(`/proc/net/${name}`, 'utf8').split('\n').slice(1));
  const listening = table.map((line) => line.trim().split(/\s+/)).filter(([, , , state]) => state === '0A');
  const own = new Set(processesOf(directory).flatMap((line) => socketsOf(parseInt(line))));
  return listening.flatMap(([, local = '', , , , , , , , inode = '']) =>
    own.has(inode) ? [parseInt(local.split(':')[1] ?? '', 16)] : [],
  );
}

function socketsOf(pid: number): string[] {
  const links = execFileSync('ls', ['-l', `/proc/${pid}/fd`], { encoding: 'utf8' });
  return [...links.matchAll(/socket:\[(\d+)\]/g)].map(([, inode = '']) => inode);
}

beforeAll(() => directories.makeOriginal());
afterEach(() => directories.endAll());
afterAll(() => directories.remove());

describe('The embedded PostgreSQL', () => {
  it('listens on a socket in a directory of its owner only, and on no port', async () => {
    const directory = directories.made();
    const postgres = await start(directory);
    const { mode, uid } = statSync(join(directory, 'socket'));
    expect([mode & 0o777, uid]).toEqual([0o700, statSync(clusterOf(directory)).uid]);
    expect(listeningPorts(directory)).toEqual([]);
    expect(urlOfRunning(directory)).toBe(postgres.url);
    expect(await ask(postgres.url, 'SELECT inet_server_addr()')).toEqual([[null]]);
  });

  it('closes the directory of the socket when it was opened', async () => {
    const directory = directories.made();
    mkdirSync(join(directory, 'socket'), { mode: 0o777, recursive: true });
    execFileSync('chmod', ['777', join(directory, 'socket')]);
    await start(directory);
    expect(statSync(join(directory, 'socket')).mode & 0o777).toBe(0o700);
  });

  it('gets no secret of the application in its environment, and neither does its watchdog', async () => {
    const directory = directories.made();
    process.env['SECRET_OF_A_TEST'] = 'hunter2';
    const child = directories.run({ directory });
    await child.ready().finally(() => delete process.env['SECRET_OF_A_TEST']);
    const started = processesOf(directory).filter((line) => !line.includes('embedded-application'));
    expect(started.length).toBeGreaterThan(1);
    const environments = started.map((line) => readFileSync(`/proc/${parseInt(line)}/environ`, 'utf8'));
    expect(environments.filter((environment) => environment.includes('hunter2'))).toEqual([]);
    expect(environments[0]).toContain('LC_ALL=C');
  });

  it('listens on a port, with a reason, where the path of a socket is too long', async () => {
    const directory = longDirectory();
    const lines: string[] = [];
    const first = await start(directory, { report: (line) => lines.push(line) });
    expect(lines[0]).toMatch(
      /^PostgreSQL listens on a port of 127\.0\.0\.1, because the path .* too long \(\d+ bytes\)\.$/,
    );
    expect(listeningPorts(directory)).toEqual([Number(new URL(first.url).port)]);
    expect(await ask(first.url, 'SELECT 1')).toEqual([[1]]);
    await first.stop();
    const second = await start(directory);
    expect(second.url).toBe(first.url);
    await second.stop();
    const occupant = createServer().listen(Number(new URL(first.url).port), '127.0.0.1');
    const third = await start(directory);
    occupant.close();
    expect(new URL(third.url).port).not.toBe(new URL(first.url).port);
  });

  it('listens on a port where no socket can be made', async () => {
    const directory = directories.made();
    rmSync(join(directory, 'socket'), { recursive: true });
    writeFileSync(join(directory, 'socket'), '');
    const postgres = await start(directory);
    expect(await ask(postgres.url, 'SHOW listen_addresses')).toEqual([['127.0.0.1']]);
  });
});

describe('A server that another user starts on the port of a killed PostgreSQL', () => {
  it('receives no byte from the next start', async () => {
    const directory = longDirectory();
    const child = directories.run({ directory });
    const { url } = await child.ready();
    const lock = readFileSync(join(directory, 'postgres/postmaster.pid'), 'utf8');
    await child.stop();
    const { uid, gid } = statSync(clusterOf(directory));
    writeFileSync(join(directory, 'postgres/postmaster.pid'), lock);
    execFileSync('chown', [`${uid}:${gid}`, join(directory, 'postgres/postmaster.pid')]);
    const impostor = await Impostor.listen('asks for the password', Number(new URL(url).port));
    const next = await start(directory);
    expect(await ask(next.url, 'SELECT 1')).toEqual([[1]]);
    expect(impostor).toMatchObject({ connections: 0, received: '' });
    await impostor.close();
  });

  it('receives nothing from the connections of a running application', async () => {
    const directory = longDirectory();
    const child = directories.run({ directory });
    const { url } = await child.ready();
    await child.kill();
    await eventually(() => processesOf(directory).length === 0);
    const impostor = await Impostor.listen('asks for the password', Number(new URL(url).port));
    await expect(ask(url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(impostor.received).toBe('');
    await impostor.close();
  });
});

describe('A data directory of the version before', () => {
  it('is served by a socket at the next start', async () => {
    const directory = directories.made();
    rmSync(join(directory, 'socket'), { recursive: true });
    writeFileSync(join(directory, 'port'), '54321');
    const postgres = await start(directory);
    expect(await ask(postgres.url, 'SHOW listen_addresses')).toEqual([['']]);
  });

  it('is shared with a server of that version, which listens on a port', async () => {
    const directory = directories.made();
    const account = findServiceAccount(clusterOf(directory));
    const { postgres } = findBinaries({ directory, account }, () => undefined);
    const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'port=54329'];
    const options = settings.flatMap((setting) => ['-c', setting]);
    const server = spawn(postgres, ['-D', clusterOf(directory), ...options], { ...runAs(account), stdio: 'ignore' });
    try {
      await eventually(() => statSync(join(directory, 'postgres/postmaster.pid'), { throwIfNoEntry: false }));
      const adopting = await start(directory);
      expect(adopting).toMatchObject({ adopted: true, url: expect.stringContaining('@127.0.0.1:54329/') });
      expect(await ask(adopting.url, 'SELECT 1')).toEqual([[1]]);
      await adopting.stop();
    } finally {
      server.kill('SIGINT');
      await once(server, 'exit');
    }
  });
});

const root = { name: 'root', present: process.getuid?.() === 0 };
describeWith(root, 'Another user of the machine', () => {
  /** Runs JavaScript as another user. Returns what it prints. */
  const asStranger = (script: string): string =>
    execFileSync(process.execPath, ['-e', script], { uid: STRANGER, gid: STRANGER, cwd: '/', encoding: 'utf8' });

  it('cannot connect to the socket, replace it, or use up its connections', async () => {
    const directory = directories.made();
    const postgres = await start(directory);
    const socket = JSON.stringify(join(directory, 'socket/.s.PGSQL.5432'));
    const attempts = `
      const fs = require('node:fs');
      const say = (error) => console.log(error.code);
      try { fs.unlinkSync(${socket}); } catch (error) { say(error); }
      try { fs.renameSync(require('node:path').dirname(${socket}), '/tmp/taken'); } catch (error) { say(error); }
      require('node:net').createServer().once('error', say).listen(${socket});
      for (let i = 0; i < 200; i++) require('node:net').connect(${socket}).once('error', say);`;
    expect(new Set(asStranger(attempts).trim().split('\n'))).toEqual(new Set(['EACCES']));
    expect(await ask(postgres.url, 'SELECT count(*)::int FROM pg_stat_activity WHERE client_port = -1')).toEqual([[1]]);
  });

  it('cannot pass for the server with a process that names the cluster', async () => {
    const directory = directories.made();
    await (await start(directory)).stop();
    const script = 'process.stdout.write("up"); setInterval(() => 0, 1000)';
    const args = ['-e', script, '--', '-D', clusterOf(directory), 'x'];
    const pretender = spawn(process.execPath, args, { uid: STRANGER, gid: STRANGER, cwd: '/' });
    await once(pretender.stdout, 'data');
    const { uid, gid } = statSync(clusterOf(directory));
    const lock = join(directory, 'postgres/postmaster.pid');
    writeFileSync(lock, `${pretender.pid}\n${clusterOf(directory)}\n1\n1\n\n127.0.0.1\n 1 1\nready\n`);
    execFileSync('chown', [`${uid}:${gid}`, lock]);
    const postgres = await start(directory);
    pretender.kill('SIGKILL');
    expect(postgres.adopted).toBe(false);
    expect(postmasterOf(directory)).not.toBe(pretender.pid);
    killPostgres(directory);
    expect(await eventually(() => ask(postgres.url, 'SELECT 1').catch(() => undefined))).toEqual([[1]]);
  });
});
