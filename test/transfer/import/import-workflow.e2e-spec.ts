import { verifyDatabase } from '../../../src/verify/verify-database';
import { startTestApp, type TestApp } from '../../../testkit/app';
import type { TestDatabase } from '../../../testkit/database';
import { asStored, contentsOf, ImportSite, lineOf, linesOf, storedLog } from './site';

const site = new ImportSite();
let app: TestApp;
let database: TestDatabase;
beforeAll(async () => {
  app = await startTestApp();
  ({ database } = app);
  await app.api.post('/api/v1/projects').send({ key: 'other', title: 'Other' }).expect(201);
});
afterAll(async () => {
  expect((await verifyDatabase(database.url)).findings).toEqual([]);
  await app.close();
  site.remove();
});

/** A workflow with these moves, such as `open>closed`; its phases are those that they name, in their order. */
function definitionOf(key: string, ...moves: readonly string[]): Record<string, unknown> {
  const transitions = moves.map((move) => ({ from: move.split('>')[0], to: move.split('>')[1] }));
  const names = [...new Set(moves.flatMap((move) => move.split('>')))];
  const phases = names.map((id) => ({ id, category: id === 'closed' ? 'done' : 'active' }));
  return { key, title: key, initial: [names[0]], phases, transitions };
}

function workflow(definition: object): string {
  return site.write('workflow.json', JSON.stringify(definition));
}

const importLog = (source: string, definition: object, lines: readonly string[], ...more: readonly string[]) =>
  site.import(database, site.log(`${source}.csv`, ...lines), '--workflow', workflow(definition), ...more);

async function refused(definition: unknown, ...more: readonly string[]): Promise<string> {
  const path = site.log('good.csv', ...linesOf('A', 'open', 'closed'));
  const file = site.write('workflow.json', typeof definition === 'string' ? definition : JSON.stringify(definition));
  const { code, stdout, stderr } = await site.run(path, '--workflow', file, '--database-url', database.url, ...more);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  return stderr;
}

describe('npm run import --workflow', () => {
  it('stores the definition, and the tickets are under it', async () => {
    const lines = linesOf('A', 'open', 'review', 'open', 'closed');
    const definition = definitionOf('support', 'open>closed', 'open>review', 'review>open');
    expect(await importLog('support', definition, lines)).toMatchObject({
      code: 0,
      workflow: { key: 'support', version: 1, is_new: true },
    });
    expect(await storedLog(database, 'support')).toEqual(asStored(...lines));
    const { body } = await app.api.get('/api/v1/tickets?workflow=support').expect(200);
    expect(body).toMatchObject([{ workflow: 'support', workflow_version: 1, phase_id: 'closed' }]);
    await app.api.get('/api/v1/workflows/support/versions/1').expect(200);
  });

  it('stores a definition once', async () => {
    const definition = definitionOf('once', 'open>closed');
    const lines = linesOf('A', 'open', 'closed');
    expect(await importLog('once', definition, lines)).toMatchObject({ workflow: { version: 1, is_new: true } });
    expect(await importLog('once', definition, lines)).toMatchObject({
      code: 0,
      workflow: { version: 1, is_new: false },
      tickets: { unchanged: 1 },
    });
  });

  it('leaves stored tickets under the version that they have, and judges by it', async () => {
    const older = definitionOf('grows', 'open>closed');
    const newer = definitionOf('grows', 'open>closed', 'closed>open');
    const [a, b] = [linesOf('A', 'open', 'closed', 'open'), linesOf('B', 'open', 'closed', 'open')];
    expect(await importLog('grows', older, a.slice(0, 1))).toMatchObject({ code: 0 });
    expect(await importLog('grows', newer, [...a.slice(0, 2), ...b])).toMatchObject({
      code: 0,
      workflow: { version: 2, is_new: true },
      tickets: { created: 1, continued: 1 },
    });
    expect(await importLog('grows', newer, [...a, ...b])).toMatchObject({
      code: 1,
      tickets: { unchanged: 1, quarantined: 1 },
      quarantined_by_code: { ticket_quarantined: 2, illegal_transition: 1 },
    });
  });

  it('keeps moves out that require what a log does not have', async () => {
    const definition = definitionOf('strict', 'open>closed');
    const guarded = { ...definition, transitions: [{ from: 'open', to: 'closed', requires: ['reason'] }] };
    const lines = [...linesOf('A', 'open', 'closed'), ...linesOf('B', 'open')];
    expect(await importLog('strict', guarded, lines)).toMatchObject({
      code: 1,
      tickets: { created: 1, quarantined: 1 },
      quarantined_by_code: { guard_failed: 1, ticket_quarantined: 1 },
    });
  });

  it('quarantines states that the workflow does not have, even where it has none of them', async () => {
    const lines = [lineOf('A', 1, '', 'nowhere')];
    expect(await importLog('strange', definitionOf('strange', 'open>closed'), lines)).toMatchObject({
      code: 1,
      quarantined_by_code: { unknown_state: 1 },
    });
  });

  it('stores nothing in a dry run', async () => {
    const before = await contentsOf(database);
    const lines = linesOf('A', 'open', 'closed');
    const definition = definitionOf('dry', 'open>closed');
    expect(await importLog('dry', definition, lines, '--dry-run')).toMatchObject({
      code: 0,
      workflow: { key: 'dry', version: null, is_new: true },
      tickets: { created: 1 },
    });
    expect(await contentsOf(database)).toEqual(before);
    await importLog('dry', definition, lines);
    await importLog('dry', definitionOf('dry', 'open>closed', 'closed>open'), lines);
    expect(await importLog('dry', definition, lines, '--dry-run')).toMatchObject({
      workflow: { version: 1, is_new: false },
      tickets: { unchanged: 1 },
    });
  });

  it('keeps a workflow with the project that it belongs to', async () => {
    const own = { ...definitionOf('theirs', 'open>closed'), project: 'other' };
    const lines = linesOf('A', 'open', 'closed');
    expect(await importLog('theirs', own, lines, '--project', 'other')).toMatchObject({ code: 0 });
    const { project: _, ...named } = own;
    expect(await importLog('theirs', named, lines, '--project', 'other')).toMatchObject({
      code: 0,
      workflow: { version: 1, is_new: false },
    });
    expect(await refused(own)).toContain('belongs to the project "other"; the tickets belong to "default"');
    for (const more of [[], ['--dry-run']]) {
      expect(await refused(named, ...more)).toMatch(/The workflow key "theirs" .*belongs to another project/);
    }
  });

  it('says what may be meant otherwise, and goes on', async () => {
    const definition = definitionOf('odd', 'open>closed', 'closed>open', 'open>stuck');
    const file = workflow(definition);
    const path = site.log('odd.csv', ...linesOf('A', 'open', 'closed'));
    const { code, stderr } = await site.run(path, '--workflow', file, '--database-url', database.url);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/workflow\.json: dead_end at \/phases\/2: .* \(and 1 more\)\n/),
    });
  });
});

describe('a workflow that cannot be stored', () => {
  let before: string[];
  beforeEach(async () => (before = await contentsOf(database)));
  afterEach(async () => expect(await contentsOf(database)).toEqual(before));

  it('is rejected with every problem', async () => {
    const definition = definitionOf('bad', 'open>closed', 'open>open', 'open>nowhere');
    const phases = (definition['phases'] as { id: string }[]).filter(({ id }) => id !== 'nowhere');
    const message = await refused({ ...definition, phases, initial: [] });
    for (const code of ['no_initial_phase', 'self_transition', 'unknown_phase']) {
      expect(message).toMatch(new RegExp(`\\n  error ${code} at /\\S*: .+`));
    }
  });

  it.each<[unknown, RegExp]>([
    ['{', /workflow\.json is not valid JSON/],
    [[], /workflow\.json: expected a JSON object, got an array/],
    [{ ...definitionOf('x', 'a>b'), phases: [{ id: 'a', category: 'odd' }], colour: 1 }, /\n {2}\/colour is unknown/],
    [
      { ...definitionOf('x', 'a>b'), phases: [{ id: '', category: 'odd' }] },
      /\n {2}\/phases\/0\/id .*\n {2}\/phases\/0\/category /,
    ],
    [definitionOf('sdlc', 'a>b'), /"sdlc" is built in/],
  ])('is rejected: %j', async (definition, message) => {
    expect(await refused(definition)).toMatch(message);
  });
});
