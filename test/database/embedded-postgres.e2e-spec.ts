import { spawn } from 'node:child_process';
import { chownSync, mkdirSync, readdirSync } from 'node:fs';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { sharedBuffersOf } from '../../src/database/embedded/memory';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/database/embedded/embedded-postgres';
import { ask, ClusterDirectories } from '../../testkit/cluster-directories';
import { processesOf } from '../../testkit/child-application';
import { postmasterOf } from '../../testkit/cluster';

const directories = new ClusterDirectories();
const start = directories.start.bind(directories);

beforeAll(() => directories.makeOriginal());
afterEach(() => directories.endAll());
afterAll(() => directories.remove());

describe('A new embedded cluster', () => {
  let postgres: EmbeddedPostgres;
  let directory: string;

  beforeAll(async () => {
    directory = directories.empty();
    postgres = await startEmbeddedPostgres({ directory, settings: { work_mem: '8MB' } });
  });
  afterAll(() => postgres.stop());

  it('runs PostgreSQL 18 with durable, portable settings', async () => {
    const names = ['fsync', 'synchronous_commit', 'max_connections', 'TimeZone', 'server_encoding'];
    const more = ['listen_addresses', 'unix_socket_directories', 'idle_in_transaction_session_timeout', 'work_mem'];
    const rows = await ask(postgres.url, `SELECT ${[...names, ...more].map((name) => `current_setting('${name}')`)}`);
    const sockets = `"${join(directory, 'socket')}"`;
    expect(rows).toEqual([['on', 'on', '100', 'UTC', 'UTF8', '', sockets, '15s', '8MB']]);
    expect(
      await ask(postgres.url, 'SELECT datlocprovider, datlocale FROM pg_database WHERE datname = current_database()'),
    ) //
      .toEqual([['b', 'C.UTF-8']]);
    expect(postgres).toMatchObject({ adopted: false, directory, version: expect.stringMatching(/^18\./) });
  });

  it('sizes shared_buffers by the memory of the machine', async () => {
    const expected = sharedBuffersOf(totalmem(), process.constrainedMemory());
    const sizes = `pg_size_bytes(current_setting('shared_buffers')) = pg_size_bytes('${expected}')`;
    expect(await ask(postgres.url, `SELECT ${sizes}`)).toEqual([[true]]);
  });

  it('rejects a wrong password and a missing one', async () => {
    const wrong = postgres.url.replace(/:[^:@]+@/, ':wrong@');
    await expect(ask(wrong, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    await expect(ask(postgres.url.replace(/:[^:@]+@/, '@'), 'SELECT 1')).rejects.toThrow(/password/);
  });

  it('stores its password readable by its owner only', () => {
    expect(statSync(join(directory, 'password')).mode & 0o777).toBe(0o600);
    expect(postgres.url).toContain(`postgres:${readFileSync(join(directory, 'password'), 'utf8')}@%2F`);
    expect(statSync(join(directory, 'postgres')).mode & 0o077).toBe(0);
    expect(readdirSync(directory).sort()).toEqual(['password', 'postgres', 'postgres.log', 'socket']);
  });
});

describe('A later start of the embedded PostgreSQL', () => {
  it('serves the data at the same URL, and the stop before it leaves no process', async () => {
    const directory = directories.made();
    const first = await start(directory);
    await ask(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    expect(processesOf(directory)).toEqual([]);
    const second = await start(directory);
    expect(second.url).toBe(first.url);
    expect(await ask(second.url, 'SELECT answer FROM kept')).toEqual([[42]]);
  });

  it('ignores an unfinished cluster and the start lock of a dead process', async () => {
    const directory = directories.empty();
    mkdirSync(join(directory, 'postgres.new-killed/cluster'), { recursive: true });
    writeFileSync(join(directory, 'postgres.new-killed/cluster/PG_VERSION'), '18\n');
    writeFileSync(join(directory, 'starting'), '4194305'); // More than any process id.
    await start(directory);
    expect(readdirSync(directory).sort()).toEqual(['password', 'postgres', 'postgres.log', 'socket']);
  });

  it('ignores a stale postmaster.pid, even if another process has the id now', async () => {
    const directory = directories.made();
    const first = await start(directory);
    await first.stop();
    const owner = statSync(join(directory, 'postgres'));
    const bystander = spawn('sleep', ['60'], { uid: owner.uid, gid: owner.gid, stdio: 'ignore' });
    const socket = join(directory, 'socket/.s.PGSQL.5432');
    const rest = `${join(directory, 'postgres')}\n1700000000\n5432\n${dirname(socket)}\n\n  123 4\nready   \n`;
    for (const content of [`${bystander.pid}\n${rest}`, `4194305\n${rest}`, 'garbage\n', '']) {
      writeFileSync(join(directory, 'postgres/postmaster.pid'), content);
      writeFileSync(`${socket}.lock`, content);
      for (const file of [join(directory, 'postgres/postmaster.pid'), `${socket}.lock`])
        chownSync(file, owner.uid, owner.gid);
      const next = await start(directory);
      expect(next).toMatchObject({ adopted: false, url: first.url });
      await next.stop();
    }
    bystander.kill();
  });

  it('does not adopt the server of another directory that postmaster.pid names', async () => {
    const [mine, other] = [directories.made(), directories.made()];
    const foreign = await start(other);
    await (await start(mine)).stop();
    const lock = readFileSync(join(other, 'postgres/postmaster.pid'), 'utf8').replace(other, mine);
    // With equal passwords, only the directory distinguishes the servers.
    await ask(foreign.url, `ALTER USER postgres PASSWORD '${readFileSync(join(mine, 'password'), 'utf8')}'`);
    writeFileSync(join(mine, 'postgres/postmaster.pid'), lock);
    const own = await start(mine);
    expect(own.adopted).toBe(false);
    expect(postmasterOf(mine)).not.toBe(postmasterOf(other));
  });

  it('truncates a large log', async () => {
    const directory = directories.made();
    await (await start(directory)).stop();
    truncateSync(join(directory, 'postgres.log'), 11 * 1024 * 1024);
    await start(directory);
    expect(statSync(join(directory, 'postgres.log')).size).toBeLessThan(100_000);
  });
});
