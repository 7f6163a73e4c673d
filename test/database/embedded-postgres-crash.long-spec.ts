import { rmSync, writeFileSync } from 'node:fs';
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

describe('An application with an embedded PostgreSQL', () => {
  it('leaves no process when it is killed, and its next start has the committed rows', async () => {
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

  it('starts again right after it was killed', async () => {
    const directory = directories.made();
    const first = run(directory);
    const { url } = await first.ready();
    await ask(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.kill();
    await run(directory).ready();
    expect(await eventually(() => answers(url))).toEqual([[42]]);
  });

  it('restarts a killed server at the same URL, twice', async () => {
    const directory = directories.made();
    const child = run(directory, true); // Durable: committed rows must survive.
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

  it('restarts a server whose socket was removed', async () => {
    const directory = directories.made();
    const child = run(directory);
    const { url } = await child.ready();
    rmSync(join(directory, 'socket'), { recursive: true });
    process.kill(postmasterOf(directory), 'SIGKILL');
    expect(await eventually(() => ask(url, 'SELECT 1').catch(() => undefined))).toEqual([[1]]);
  });

  it('reports a server that cannot be restarted', async () => {
    const directory = directories.made();
    const child = run(directory);
    await child.ready();
    writeFileSync(join(directory, 'postgres/PG_VERSION'), '17\n');
    process.kill(postmasterOf(directory), 'SIGKILL');
    expect(await child.find(({ failure }) => failure)).toMatch(/created by PostgreSQL 17/);
  });

  it('replaces a killed watchdog', async () => {
    const directory = directories.made();
    const child = run(directory);
    await child.ready();
    const watchdog = watchdogOf(directory);
    process.kill(watchdog, 'SIGKILL');
    // A single look each time: the killed one may disappear between two.
    await eventually(() => ![0, watchdog].includes(watchdogOf(directory)));
    await child.kill();
    await nothingRuns(directory);
  });

  it('starts after it was killed while it created the cluster', async () => {
    const directory = directories.empty();
    const first = run(directory);
    await first.reported(/Creating a PostgreSQL cluster/);
    await first.kill();
    const { url, adopted } = await run(directory).ready();
    expect(adopted).toBe(false);
    expect(await ask(url, 'SELECT 1')).toEqual([[1]]);
  });
});

describe('Two applications on one data directory', () => {
  it('create one cluster and share one server when they start at the same time', async () => {
    const directory = directories.empty();
    const both = [run(directory), run(directory)];
    const [one, two] = await Promise.all(both.map((child) => child.ready()));
    expect(one?.url).toBe(two?.url);
    expect([one?.adopted, two?.adopted].sort()).toEqual([false, true]);
    const makers = both.filter(({ printed }) => printed.some(({ report }) => report?.startsWith('Creating')));
    expect(makers).toHaveLength(1);
  });

  it('keep the server when the one that adopted it stops', async () => {
    const directory = directories.made();
    const owner = run(directory);
    const { url } = await owner.ready();
    const adopter = run(directory);
    expect(await adopter.ready()).toMatchObject({ url, adopted: true });
    await adopter.stop();
    expect(await ask(url, 'SELECT 1')).toEqual([[1]]);
    await owner.stop();
    expect(processesOf(directory)).toEqual([]);
  });

  it.each(['stops', 'is killed'])('keep the URL when the one that started the server %s', async (how) => {
    const directory = directories.made();
    const owner = run(directory);
    const { url } = await owner.ready();
    const adopter = run(directory);
    await adopter.ready();
    await ask(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await (how === 'stops' ? owner.stop() : owner.kill());
    await adopter.reported(/with its data in/);
    expect(await answers(url)).toEqual([[42]]);
    await adopter.stop();
    await nothingRuns(directory);
  });

  it('agree on one owner after the server is killed', async () => {
    const directory = directories.made();
    const both = [run(directory), run(directory)];
    const [{ url } = { url: '' }] = await Promise.all(both.map((child) => child.ready()));
    process.kill(postmasterOf(directory), 'SIGKILL');
    for (const child of both) await child.reported(/Restarting it/);
    await eventually(() => both.every(({ printed }) => /^Using|with its data in/.test(printed.at(-1)?.report ?? '')));
    expect(await ask(url, 'SELECT 1')).toEqual([[1]]);
    for (const child of both) await child.stop();
    expect(processesOf(directory)).toEqual([]);
  });
});
