import { existsSync } from 'node:fs';
import { processesOf } from '../../../testkit/child-application';
import { postmasterOf } from '../../../testkit/cluster';
import { ask, ClusterDirectories } from '../../../testkit/cluster-directories';
import { ImportSite, linesOf } from './site';

const site = new ImportSite();
const clusters = new ClusterDirectories();
let dataDir: string;
beforeAll(async () => {
  await clusters.makeOriginal();
  dataDir = clusters.made();
});
afterAll(async () => {
  await clusters.endAll();
  clusters.remove();
  site.remove();
});

const LOG = linesOf('A', 'BACKLOG', 'REQUIREMENTS');
const COUNT = 'SELECT count(*)::int FROM tickets';

describe('npm run import, on a data directory', () => {
  it('starts the server, migrates, and stops it afterwards', async () => {
    const { code, stdout, stderr } = await site.run('--json', '--data-dir', dataDir, site.log('one.csv', ...LOG));
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/Migrated: [^]*Importing into \S+ \(embedded/),
    });
    expect(JSON.parse(stdout)).toMatchObject({ tickets: { created: 1 } });
    expect(processesOf(dataDir)).toEqual([]);
  });

  it('adopts the server that runs, and leaves it running', async () => {
    const server = await clusters.start(dataDir);
    const postmaster = postmasterOf(dataDir);
    const path = site.log('two.csv', ...LOG);
    expect((await site.start([path], { DATA_DIR: dataDir }).ended).code).toBe(0);
    expect(postmasterOf(dataDir)).toBe(postmaster);
    expect(await ask(server.url, COUNT)).toEqual([[2]]);
  });

  it.each([
    ['what it left out', ['A,1,,nowhere,2026-01-01T00:00:00Z,a,t', ...LOG], 1, /Quarantined rows are in/],
    ['why it did nothing', ['A,1,,nowhere,2026-01-01T00:00:00Z,a,t'], 2, /No state of this log is a phase/],
  ] as const)('detects %s also beside the application', async (_, lines, code, message) => {
    await clusters.start(dataDir);
    const ended = await site.run('--data-dir', dataDir, site.log('beside.csv', ...lines));
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringMatching(message)]);
  });

  it('makes a directory that is not there', async () => {
    const fresh = clusters.empty();
    const path = site.log('three.csv', ...LOG);
    expect((await site.run('--data-dir', fresh, path)).code).toBe(0);
    expect(existsSync(fresh)).toBe(true);
    const server = await clusters.start(fresh);
    expect(await ask(server.url, COUNT)).toEqual([[1]]);
  });
});
