import { spawn } from 'node:child_process';
import { chownSync, mkdirSync, readdirSync } from 'node:fs';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { join } from 'node:path';
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

describe('a new cluster', () => {
  let postgres: EmbeddedPostgres;
  let directory: string;

  beforeAll(async () => {
    directory = directories.empty();
    postgres = await startEmbeddedPostgres({ directory, settings: { work_mem: '8MB' } });
  });
  afterAll(() => postgres.stop());

  it('is PostgreSQL 18 with durable, portable settings', async () => {
    const names = ['fsync', 'synchronous_commit', 'max_connections', 'TimeZone', 'server_encoding'];
    const more = ['listen_addresses', 'unix_socket_directories', 'idle_in_transaction_session_timeout', 'work_mem'];
    const rows = await ask(postgres.url, `SELECT ${[...names, ...more].map((name) => `current_setting('${name}')`)}`);
    expect(rows).toEqual([['on', 'on', '100', 'UTC', 'UTF8', '127.0.0.1', '', '15s', '8MB']]);
    expect(
      await ask(postgres.url, 'SELECT datlocprovider, datlocale FROM pg_database WHERE datname = current_database()'),
    ) //
      .toEqual([['b', 'C.UTF-8']]);
    expect(postgres).toMatchObject({ adopted: false, directory, version: expect.stringMatching(/^18\./) });
  });

  it('keeps pages in a part of the memory', async () => {
    const expected = sharedBuffersOf(totalmem(), process.constrainedMemory());
    const sizes = `pg_size_bytes(current_setting('shared_buffers')) = pg_size_bytes('${expected}')`;
    expect(await ask(postgres.url, `SELECT ${sizes}`)).toEqual([[true]]);
  });

  it('refuses a wrong password and none at all', async () => {
    const wrong = postgres.url.replace(/:[^:@]+@/, ':wrong@');
    await expect(ask(wrong, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    await expect(ask(postgres.url.replace(/:[^:@]+@/, '@'), 'SELECT 1')).rejects.toThrow(/password/);
  });

  it('keeps its password from everybody else', () => {
    expect(statSync(join(directory, 'password')).mode & 0o777).toBe(0o600);
    expect(postgres.url).toContain(`postgres:${readFileSync(join(directory, 'password'), 'utf8')}@127.0.0.1:`);
    expect(statSync(join(directory, 'postgres')).mode & 0o077).toBe(0);
    expect(readdirSync(directory).sort()).toEqual(['password', 'port', 'postgres', 'postgres.log']);
  });
});

describe('the next start', () => {
  it('finds the data on the same port, and stop has left no process', async () => {
    const directory = directories.made();
    const first = await start(directory);
    await ask(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    expect(processesOf(directory)).toEqual([]);
    const second = await start(directory);
    expect(second.url).toBe(first.url);
    expect(await ask(second.url, 'SELECT answer FROM kept')).toEqual([[42]]);
  });

  it('takes another port when the remembered one is in use', async () => {
    const directory = directories.made();
    const first = await start(directory);
    await first.stop();
    const port = Number(new URL(first.url).port);
    const squatter = createServer().listen(port, '127.0.0.1');
    const second = await start(directory);
    squatter.close();
    expect(Number(new URL(second.url).port)).not.toBe(port);
    expect(await ask(second.url, 'SELECT 1')).toEqual([[1]]);
  });

  it('is not wedged by a half-made cluster and the lock of a dead process', async () => {
    const directory = directories.empty();
    mkdirSync(join(directory, 'postgres.new-killed/cluster'), { recursive: true });
    writeFileSync(join(directory, 'postgres.new-killed/cluster/PG_VERSION'), '18\n');
    writeFileSync(join(directory, 'starting'), '4194305'); // More than any process id.
    await start(directory);
    expect(readdirSync(directory).sort()).toEqual(['password', 'port', 'postgres', 'postgres.log']);
  });

  it('is not wedged by a stale postmaster.pid, whoever has the process id now', async () => {
    const directory = directories.made();
    const first = await start(directory);
    await first.stop();
    const owner = statSync(join(directory, 'postgres'));
    const bystander = spawn('sleep', ['60'], { uid: owner.uid, gid: owner.gid, stdio: 'ignore' });
    const port = new URL(first.url).port;
    const rest = `${join(directory, 'postgres')}\n1700000000\n${port}\n\n127.0.0.1\n  123 4\nready   \n`;
    for (const content of [`${bystander.pid}\n${rest}`, `4194305\n${rest}`, 'garbage\n', '']) {
      writeFileSync(join(directory, 'postgres/postmaster.pid'), content);
      chownSync(join(directory, 'postgres/postmaster.pid'), owner.uid, owner.gid);
      const next = await start(directory);
      expect(next).toMatchObject({ adopted: false, url: first.url });
      await next.stop();
    }
    bystander.kill();
  });

  it('does not adopt the server of another directory, even if postmaster.pid names it', async () => {
    const [mine, other] = [directories.made(), directories.made()];
    const foreign = await start(other);
    await (await start(mine)).stop();
    const lock = readFileSync(join(other, 'postgres/postmaster.pid'), 'utf8').replace(other, mine);
    // The same password, so that only the directory tells them apart.
    await ask(foreign.url, `ALTER USER postgres PASSWORD '${readFileSync(join(mine, 'password'), 'utf8')}'`);
    writeFileSync(join(mine, 'postgres/postmaster.pid'), lock);
    const own = await start(mine);
    expect(own.adopted).toBe(false);
    expect(postmasterOf(mine)).not.toBe(postmasterOf(other));
  });

  it('empties a log that has grown large', async () => {
    const directory = directories.made();
    await (await start(directory)).stop();
    truncateSync(join(directory, 'postgres.log'), 11 * 1024 * 1024);
    await start(directory);
    expect(statSync(join(directory, 'postgres.log')).size).toBeLessThan(100_000);
  });
});
