import { chmodSync, chownSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { processesOf } from '../../testkit/child-application';
import { postmasterOf } from '../../testkit/cluster';
import { ask, ClusterDirectories } from '../../testkit/cluster-directories';

const UNPRIVILEGED = 65_534;
const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? it : it.skip;
if (!isRoot)
  console.warn('NOT TESTED: the embedded PostgreSQL under other users of this machine, which requires root.');

const directories = new ClusterDirectories();
const start = directories.start.bind(directories);

beforeAll(() => directories.makeOriginal());
afterEach(() => directories.endAll());
afterAll(() => directories.remove());

describe('An embedded PostgreSQL that cannot start', () => {
  it('reports a cluster of another major version, a missing password and a wrong one', async () => {
    const directory = directories.made();
    await (await start(directory)).stop();
    writeFileSync(join(directory, 'postgres/PG_VERSION'), '17\n');
    await expect(start(directory)).rejects.toThrow(/created by PostgreSQL 17, and this is PostgreSQL 18.*DATABASE_URL/);
    writeFileSync(join(directory, 'postgres/PG_VERSION'), '18\n');
    writeFileSync(join(directory, 'password'), 'wrong');
    await expect(start(directory)).rejects.toThrow(/rejects the stored password/);
    rmSync(join(directory, 'password'));
    await expect(start(directory)).rejects.toThrow(/password is missing/);
    expect(processesOf(directory)).toEqual([]);
  });

  it('reports the message of PostgreSQL about an unknown setting', async () => {
    const directory = directories.made();
    await expect(start(directory, { settings: { no_such: '1' } })).rejects.toThrow(/unrecognized.*"no_such"/);
    expect(processesOf(directory)).toEqual([]);
  });

  it('reports a connection that the environment makes impossible', async () => {
    process.env['PGOPTIONS'] = '-c no_such=1';
    const failure = start(directories.made());
    await expect(failure)
      .rejects.toThrow(/no_such/)
      .finally(() => delete process.env['PGOPTIONS']);
  });

  it('reports a missing package', async () => {
    const child = directories.run({ directory: directories.empty(), packageMissing: true });
    await expect(child.ready()).rejects.toThrow(/not installed. Set DATABASE_URL .* glibc, macOS or Windows/);
  });

  asRoot('reports a directory that is not writable, and a user without a name', async () => {
    const closed = directories.empty();
    mkdirSync(closed, { mode: 0o700 });
    const refused = directories.run({ directory: join(closed, 'data'), uid: UNPRIVILEGED });
    await expect(refused.ready()).rejects.toThrow(/is not writable \(EACCES\).*DATA_DIR.*DATABASE_URL/);
    const open = directories.empty();
    mkdirSync(open);
    chownSync(open, 54_321, 54_321);
    await expect(directories.run({ directory: open, uid: 54_321 }).ready()).rejects.toThrow(
      /user id 54321 is not in \/etc\/passwd/,
    );
  });

  asRoot('reports a full disk', async () => {
    const directory = directories.empty();
    mkdirSync(directory, { mode: 0o711 });
    const child = directories.run({ directory, inNamespace: `mount -t tmpfs -o size=8m,mode=711 none ${directory}` });
    await expect(child.ready()).rejects.toThrow(/disk is full/);
  });
});

describe('The user of the embedded PostgreSQL', () => {
  asRoot('is the user of the application, if that is not root', async () => {
    const directory = directories.empty();
    mkdirSync(directory);
    chownSync(directory, UNPRIVILEGED, UNPRIVILEGED);
    const child = directories.run({ directory, uid: UNPRIVILEGED });
    const { url } = await child.ready();
    expect(await ask(url, 'SELECT 1')).toEqual([[1]]);
    expect(statSync(`/proc/${postmasterOf(directory)}`).uid).toBe(UNPRIVILEGED);
    await child.stop();
    expect(processesOf(directory)).toEqual([]);
  });

  asRoot('is the owner of the cluster when the application is root', async () => {
    const directory = directories.empty();
    mkdirSync(directory);
    chownSync(directory, UNPRIVILEGED, UNPRIVILEGED);
    const normal = directories.run({ directory, uid: UNPRIVILEGED });
    await normal.ready();
    await normal.stop();
    await start(directory);
    expect(userInfo().uid).toBe(0);
    expect(statSync(`/proc/${postmasterOf(directory)}`).uid).toBe(UNPRIVILEGED);
  });

  asRoot('can use an empty directory that only root could enter', async () => {
    const directory = directories.empty();
    mkdirSync(directory, { mode: 0o700 });
    expect((await start(directory)).directory).toBe(directory);
    expect(statSync(directory).mode & 0o777).toBe(0o711);
  });

  asRoot('gets its data in a fallback directory, with a message, when it cannot reach DATA_DIR', async () => {
    const closed = directories.empty();
    mkdirSync(closed, { mode: 0o700 });
    const lines: string[] = [];
    const wanted = join(closed, 'data');
    const postgres = await start(wanted, { report: (line) => lines.push(line) });
    expect(postgres.directory).toMatch(/^\/var\/lib\/phaseline\/d\d+-[0-9a-f]{12}$/);
    expect(lines[0]).toContain(`cannot use ${wanted}. The data are in ${postgres.directory}`);
    await postgres.stop();
    chmodSync(closed, 0o755);
    const again = await start(wanted);
    expect(again.directory).toBe(postgres.directory);
    await again.stop();
    rmSync(postgres.directory, { recursive: true });
  });

  asRoot('does not get an empty cluster when it can no longer reach the existing one', async () => {
    const parent = directories.empty();
    const directory = join(parent, 'data');
    await (await start(directory)).stop();
    chmodSync(parent, 0o700);
    await expect(start(directory)).rejects.toThrow(/cannot reach .*chmod a\+x/);
    chmodSync(parent, 0o755);
  });
});
