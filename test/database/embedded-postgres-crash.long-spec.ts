import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, ClusterDirectories } from '../../testkit/cluster-directories';
import { processesOf } from '../../testkit/child-application';
import { postmasterOf } from '../../testkit/cluster';
import { eventually } from '../../testkit/eventually';

const directories = new ClusterDirectories();

const run = (directory: string, durable = false) => directories.run({ directory, durable });

const answers = (url: string) => ask(url, 'SELECT answer FROM kept').catch(() => undefined);
const nothingRuns = (directory: string) => eventually(() => processesOf(directory).length === 0);

function watchdogOf(directory: string): number {
  return parseInt(processesOf(directory).find((line) => line.includes('watchdog')) ?? '0');
}

beforeAll(() => directories.makeOriginal());
afterEach(() => directories.endAll());
afterAll(async () => {
  await nothingRuns(directories.root);
  directories.remove();
});

describe('one application', () => {
  it('leaves no process behind when it is killed, and finds what was committed', async () => {
    const directory = directories.made();
    const first = run(directory, true);
    const { url } = await first.ready();
    await ask(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.kill();
    await nothingRuns(directory);
    const second = await run(directory).ready();
    expect(second).toMatchObject({ url, adopted: false });
    expect(await answers(url)).toEqual([[42]]);
  });

  it('can be killed and started again at once', async () => {
    const directory = directories.made();
    const first = run(directory);
    const { url } = await first.ready();
    await ask(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.kill();
    await run(directory).ready();
    expect(await eventually(() => answers(url))).toEqual([[42]]);
  });

  it('brings a killed server back on the same port, twice', async () => {
    const directory = directories.made();
    const child = run(directory, true); // What was committed must be there.
    const { url } = await child.ready();
    await ask(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    for (const round of [1, 2]) {
      const killed = postmasterOf(directory);
      process.kill(killed, 'SIGKILL');
      await eventually(() => child.printed.filter(({ report }) => report?.includes('signal SIGKILL')).length === round);
      expect(await eventually(() => answers(url))).toEqual([[42]]);
      expect(postmasterOf(directory)).not.toBe(killed);
    }
    await child.kill();
    await nothingRuns(directory);
  });

  it('says so when the server cannot be brought back', async () => {
    const directory = directories.made();
    const child = run(directory);
    await child.ready();
    writeFileSync(join(directory, 'postgres/PG_VERSION'), '17\n');
    process.kill(postmasterOf(directory), 'SIGKILL');
    expect(await child.find(({ failure }) => failure)).toMatch(/made by PostgreSQL 17/);
  });

  it('replaces a killed watchdog', async () => {
    const directory = directories.made();
    const child = run(directory);
    await child.ready();
    const watchdog = watchdogOf(directory);
    process.kill(watchdog, 'SIGKILL');
    // One look each time: between two, the killed one may go.
    await eventually(() => ![0, watchdog].includes(watchdogOf(directory)));
    await child.kill();
    await nothingRuns(directory);
  });

  it('is not wedged by having been killed while the cluster was made', async () => {
    const directory = directories.empty();
    const first = run(directory);
    await first.reported(/Making a new/);
    await first.kill();
    const { url, adopted } = await run(directory).ready();
    expect(adopted).toBe(false);
    expect(await ask(url, 'SELECT 1')).toEqual([[1]]);
  });
});

describe('two applications on one directory', () => {
  it('started at the same instant make one cluster and share one server', async () => {
    const directory = directories.empty();
    const both = [run(directory), run(directory)];
    const [one, two] = await Promise.all(both.map((child) => child.ready()));
    expect(one?.url).toBe(two?.url);
    expect([one?.adopted, two?.adopted].sort()).toEqual([false, true]);
    const makers = both.filter(({ printed }) => printed.some(({ report }) => report?.startsWith('Making')));
    expect(makers).toHaveLength(1);
  });

  it('leaves the server running when the second one stops', async () => {
    const directory = directories.made();
    const owner = run(directory);
    const { url } = await owner.ready();
    const guest = run(directory);
    expect(await guest.ready()).toMatchObject({ url, adopted: true });
    await guest.stop();
    expect(await ask(url, 'SELECT 1')).toEqual([[1]]);
    await owner.stop();
    expect(processesOf(directory)).toEqual([]);
  });

  it.each(['stops', 'is killed'])('passes the server on, on the same port, when the owner %s', async (how) => {
    const directory = directories.made();
    const owner = run(directory);
    const { url } = await owner.ready();
    const guest = run(directory);
    await guest.ready();
    await ask(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await (how === 'stops' ? owner.stop() : owner.kill());
    await guest.reported(/its data are in/);
    expect(await answers(url)).toEqual([[42]]);
    await guest.stop();
    await nothingRuns(directory);
  });

  it('settles on one owner when the server is killed', async () => {
    const directory = directories.made();
    const both = [run(directory), run(directory)];
    const [{ url } = { url: '' }] = await Promise.all(both.map((child) => child.ready()));
    process.kill(postmasterOf(directory), 'SIGKILL');
    for (const child of both) await child.reported(/Trying to bring it back/);
    await eventually(() => both.every(({ printed }) => /^Using|its data are in/.test(printed.at(-1)?.report ?? '')));
    expect(await ask(url, 'SELECT 1')).toEqual([[1]]);
    for (const child of both) await child.stop();
    expect(processesOf(directory)).toEqual([]);
  });
});
