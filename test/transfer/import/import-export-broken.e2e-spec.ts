import { gzipSync } from 'node:zlib';
import { definitionOf, insertGraph } from '../../../testkit/integrity-constraints/workflows';
import { createTestDatabase, type TestDatabase } from '../../../testkit/database';
import { createWorld, type World } from '../export/world';
import { Copies, NO_TICKETS, textOf } from './copies';
import { ImportSite } from './site';

const site = new ImportSite();
const copies = new Copies(site);
let origin: TestDatabase;
let world: World;
/** The export of a world. */
let whole: string;
beforeAll(async () => {
  ({ database: origin, world } = await createWorld());
  whole = await textOf(origin);
});
afterAll(async () => {
  await copies.drop();
  await origin.drop();
  site.remove();
});

/** The whole export after a change of the line that a ticket, a move or an event of a ticket is on. */
function changed(id: string, row: string, change: (line: Record<string, unknown>) => object): string {
  const start = row === '"type":"ticket"' ? `{${row},"id":"${id}"` : `"ticket_id":"${id}",${row}`;
  const lines = whole.split('\n');
  const at = lines.findIndex((line) => line.includes(start));
  return lines.with(at, JSON.stringify({ ...JSON.parse(lines[at]!), ...change(JSON.parse(lines[at]!)) })).join('\n');
}

/** Another first version of chores. */
const OTHER_CHORES = insertGraph(1, definitionOf(3, 'chores'), 'chores').concat(
  `; INSERT INTO graph_edges SELECT id, 'BACKLOG', 'SHIP' FROM graphs WHERE workflow = 'chores'`,
);

/** A version of another workflow under the name of the plan, as earlier releases accepted it. */
const OTHER_PLAN = `ALTER TABLE graphs DISABLE TRIGGER USER; ALTER TABLE graphs DROP CONSTRAINT graphs_definition_check;
  INSERT INTO graphs (workflow, version) VALUES ('chores 1→2', 1)`;

describe('a ticket of an export that is wrong', () => {
  it.each<[keyof World, string, object, string, RegExp]>([
    ['still', '"type":"ticket"', { priority: 'URGENT' }, 'bad_line', /^priority must be one of CRITICAL, HIGH/],
    [
      'still',
      '"type":"ticket"',
      { project: 'unknown' },
      'project_unknown',
      /^the project "unknown" is not in the export$/,
    ],
    [
      'worked',
      '"sequence":5',
      { to_phase: 'TESTING' },
      'edge_unknown',
      /^History row 5 goes from REQUIREMENTS to TESTING; graph "sdlc" 1/,
    ],
    [
      'worked',
      '"sequence":3',
      { to_phase: 'DESIGN' },
      'resume_rule_broken',
      /^History row 3 breaks a rule of its workflow/,
    ],
    ['renamed', '"sequence":3', { to_phase: 'reviewing' }, 'edge_unknown', /graph "chores 1→2" 1 has no such edge\.$/],
    ['paused', '"sequence":3', { transition_reason: null }, 'requirement_missing', /requires a reason/],
    ['shelved', '"version":3', { event_type: 'restored' }, 'event_type_wrong', /^The event of version 3 is "restored"/],
    ['elsewhere', '"sequence":1', { artifacts: { a: 'x\0y' } }, 'refused_by_database', /Unicode escape/],
  ])('%s, at %s, with %j: %s', async (name, row, members, code, reason) => {
    const database = await copies.empty();
    const text = changed(world[name], row, () => members);
    const report = await site.import(database, site.write('wrong.jsonl', text));
    expect(report).toMatchObject({ code: 1, tickets: { ...NO_TICKETS, created: 8, quarantined: 1 }, cut_off: null });
    const found = site.quarantined('wrong.quarantine.jsonl');
    const error = found.find((line) => line.code === code)!;
    expect([error.ticket_id, error.reason]).toEqual([world[name], expect.stringMatching(reason)]);
    expect(found.map(({ raw }) => raw)).toEqual(text.split('\n').filter((line) => line.includes(world[name])));
    expect(text.split('\n')[error.line - 1]).toBe(error.raw);
    expect(await database.query('SELECT id FROM tickets WHERE id = $1', [world[name]])).toEqual([]);
  });

  it('has JSON that is too deep for the database', async () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    const text = whole.replace(/"artifacts":\{"n": [^]*?\},"kind"/, `"artifacts":${deep},"kind"`);
    const report = await site.import(await copies.empty(), site.write('deep.jsonl', text));
    expect(report).toMatchObject({ code: 1, tickets: { ...NO_TICKETS, created: 8, quarantined: 1 } });
    expect(site.quarantined('deep.quarantine.jsonl')[0]).toMatchObject({
      code: 'refused_by_database',
      reason: 'stack depth limit exceeded',
    });
  });

  it('is there already under another id', async () => {
    const database = await copies.of(whole);
    const text = whole.replaceAll(world.elsewhere, world.elsewhere.replace(/1$/, '2'));
    expect(await site.import(database, site.write('twin.jsonl', text))).toMatchObject({
      code: 1,
      tickets: { quarantined: 1 },
    });
    expect(site.quarantined('twin.quarantine.jsonl')[0]).toMatchObject({
      code: 'differs',
      reason: `the ticket ${world.elsewhere} already has the external id jira W-1`,
    });
  });

  it('comes twice', async () => {
    const lines = whole.split('\n');
    const still = lines.filter((line) => line.includes(world.still));
    const text = [...lines.slice(0, -2), ...still, ...lines.slice(-2)].join('\n');
    const database = await copies.empty();
    expect(await site.import(database, site.write('twice.jsonl', text))).toMatchObject({
      code: 1,
      cut_off: expect.stringMatching(/^the last line states \d+ lines/),
      tickets: { ...NO_TICKETS, created: 9, unchanged: 1 },
    });
    expect(await textOf(database)).toBe(whole);
  });
});

describe('an export that is cut off', () => {
  const place = (): number => whole.indexOf(`"ticket_id":"${world.paused}","sequence":2`);

  it.each<[string, () => string | Buffer, RegExp]>([
    ['in the middle of a line', () => whole.slice(0, place() + 50), /^the file is truncated in line \d+$/],
    [
      'between two lines',
      () => whole.slice(0, whole.lastIndexOf('\n', place()) + 1),
      /^the file has no line of type end/,
    ],
    [
      'in its gzip',
      () => gzipSync(whole, { level: 0 }).subarray(0, place()),
      /is truncated or corrupt after .* bytes: unexpected end of file/,
    ],
  ])('%s brings what came before in, and nothing of the ticket that is torn', async (name, cut, reason) => {
    const database = await copies.empty();
    const { code, stdout, stderr } = await site.run(
      '--json',
      '--database-url',
      database.url,
      site.write(`${name}.jsonl`, cut()),
    );
    const before = [...whole.slice(0, place()).matchAll(/"type":"ticket","id":"([^"]*)"/g)].map(([, id]) => id);
    expect(before.pop()).toBe(world.paused);
    expect(JSON.parse(stdout)).toMatchObject({
      complete: false,
      cut_off: expect.stringMatching(reason),
      tickets: { ...NO_TICKETS, created: before.length, quarantined: 1 },
    });
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/The file is incomplete: .*\. Its complete tickets were imported\.\n$/),
    ]);
    expect(site.quarantined(`${name}.quarantine.jsonl`).at(-1)).toMatchObject({
      ticket_id: world.paused,
      code: 'cut_off',
    });
    expect((await database.query<{ id: string }>('SELECT id FROM tickets ORDER BY id')).map(({ id }) => id)).toEqual(
      before,
    );
    expect(await site.import(database, site.write('whole.jsonl', whole))).toMatchObject({ code: 0 });
    expect(await textOf(database)).toBe(whole);
  });

  it('right before its end brings all tickets in, and says so all the same', async () => {
    const database = await copies.empty();
    const text = whole.slice(0, whole.indexOf('{"type":"end"'));
    expect(await site.import(database, site.write('endless.jsonl', text))).toMatchObject({
      code: 1,
      complete: false,
      tickets: { ...NO_TICKETS, created: 9 },
    });
    expect(await textOf(database)).toBe(whole);
  });
});

describe('an export that cannot be taken', () => {
  const OWN = '{"type":"workflow","key":"chores","project":null';
  const line = (start: string): string => whole.split('\n').find((text) => text.startsWith(start))!;

  it.each<[string, () => string, RegExp]>([
    [
      'another version of the format',
      () => whole.replace('"version":1', '"version":2'),
      /has the export format version 2; this version of Phaseline supports 1\. Nothing was imported\.$/,
    ],
    [
      'a broken line before the tickets',
      () => whole.replace(OWN, OWN.slice(1)),
      /, line 5: the line is not valid JSON: .*\. Nothing was imported\.$/,
    ],
    [
      'a workflow without its project',
      () => whole.replace(line('{"type":"project","id":"0000'), ''),
      /, line 2: the line is not valid JSON/,
    ],
    [
      'a definition that was changed',
      () => whole.replace('"title":"Chores"', '"title":"Chore"'),
      /are invalid; nothing was imported:\n[^]*\n {2}The definition of graph "chores" 1 does not match its digest\./,
    ],
  ])('has %s, and nothing is written', async (_, text, message) => {
    const database = await copies.empty();
    const before = await textOf(database);
    const { code, stdout, stderr } = await site.run(
      '--database-url',
      database.url,
      site.write('refused.jsonl', text()),
    );
    expect([code, stdout, stderr.trimEnd()]).toEqual([2, '', expect.stringMatching(message)]);
    expect(await textOf(database)).toBe(before);
  });

  it.each<[string, string, RegExp]>([
    [
      'a workflow with another definition',
      `INSERT INTO workflows (key) VALUES ('chores');
       ${OTHER_CHORES}`,
      /The export has version 1 of the workflow "chores"; the database has another definition/,
    ],
    [
      'a workflow of another project',
      `INSERT INTO workflows (key, project_id) SELECT 'chores', id FROM projects`,
      /The export has a workflow "chores" of all projects; the database has one of the project default\. Nothing was/,
    ],
    [
      'a project with another id',
      `INSERT INTO projects (id, key, title) VALUES ('01a2048b-0000-7000-8000-000000000009', 'website', 'x')`,
      /The export has the project "website" with the id .*; the database has the project "website" with the id 01a2048b-0000-7000-8000-000000000009/,
    ],
    [
      'another plan of the same name',
      OTHER_PLAN,
      /The export has the graph "chores 1→2" 1; the database has another one\./,
    ],
  ])('meets %s, and nothing is written', async (_, sql, message) => {
    const database = await createTestDatabase();
    try {
      await database.query(sql);
      const before = await textOf(database);
      const { code, stderr } = await site.run('--database-url', database.url, site.write('taken.jsonl', whole));
      expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
      expect(await textOf(database)).toBe(before);
    } finally {
      await database.drop();
    }
  });

  it.each([
    ['--project', 'website'],
    ['--source', 'x'],
    ['--workflow', 'x.json'],
    ['--save-workflow', 'x.json'],
  ])('rejects the option %s, whose value an export contains', async (option, value) => {
    const { code, stderr } = await site.run(site.write('told.jsonl', whole), option, value);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`workflow of each ticket. Omit ${option}.`)]);
  });
});
