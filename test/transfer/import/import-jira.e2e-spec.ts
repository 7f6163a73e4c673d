import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { verifyDatabase } from '../../../src/verify/verify-database';
import { createTestDatabase, type TestDatabase } from '../../../testkit/database';
import { ImportSite, storedLog } from './site';

const EXAMPLE = readFileSync(join(__dirname, '../../../examples/jira-search.json'), 'utf8');

const site = new ImportSite();
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  expect((await verifyDatabase(database.url)).findings).toEqual([]);
  await database.drop();
  site.remove();
});

/** An issue that went through statuses, one change a day. */
function issueOf(key: string, statuses: readonly string[], more: object = {}, changelog: object = {}): object {
  const created = (day: number): string => `2026-03-${String(day).padStart(2, '0')}T09:00:00.000+0000`;
  const histories = statuses.slice(1).map((toString, i) => ({
    created: created(i + 2),
    author: { displayName: 'Ann' },
    items: [{ field: 'status', fromString: statuses[i], toString }],
  }));
  const status = { name: statuses.at(-1), statusCategory: { key: 'indeterminate' } };
  const fields = { summary: `Title of ${key}`, created: created(1), creator: { displayName: 'Bob' }, status, ...more };
  return { key, fields, changelog: { total: histories.length, histories, ...changelog } };
}

const page = (...issues: object[]): string => JSON.stringify({ issues });

describe('npm run import of search results of Jira', () => {
  it('infers a workflow, prints it and imports the issues', async () => {
    const path = site.write('jira-search.json', EXAMPLE);
    const { code, stdout, stderr } = await site.run('--json', '--database-url', database.url, path);
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(
        /Inferred the workflow "jira-search" with 5 phases and 8 transitions from .*:\n\{"key":"jira-search",/,
      ),
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      source: 'jira-search',
      workflow: { key: 'jira-search', version: 1, is_new: true },
      rows: { read: 21, written: 21, quarantined: 0 },
      tickets: { created: 5 },
      moves_written: 16,
    });
    const stored = await storedLog(database, 'jira-search');
    expect(stored.filter((row) => row.startsWith('BREW-104'))).toEqual([
      'BREW-104|1||To Do|2026-03-04T01:00:00.000Z|build-bot',
      'BREW-104|2|To Do|In Progress|2026-03-04T07:00:00.000Z|Ines Roth',
      'BREW-104|3|In Progress|In Review|2026-03-04T07:30:00.000Z|Ines Roth',
      'BREW-104|4|In Review|Done|2026-03-04T08:00:00.000Z|Malte Kern',
      'BREW-104|5|Done|To Do|2026-03-10T13:00:00.000Z|Ines Roth',
      'BREW-104|6|To Do|In Progress|2026-03-10T14:00:00.000Z|Ines Roth',
      'BREW-104|7|In Progress|In Review|2026-03-11T08:00:00.000Z|Ines Roth',
      'BREW-104|8|In Review|Done|2026-03-11T08:00:00.000Z|Sade Bello',
    ]);
    const tickets = await database.query(
      `SELECT external_id, title, priority, phase_id FROM tickets WHERE external_source = 'jira-search' ORDER BY 1`,
    );
    expect(tickets).toEqual([
      { external_id: 'BREW-101', title: 'Descale reminder comes a day late', priority: 'HIGH', phase_id: 'Done' },
      {
        external_id: 'BREW-102',
        title: 'Let people brew two cups at once',
        priority: 'MEDIUM',
        phase_id: 'In Progress',
      },
      { external_id: 'BREW-103', title: 'Crema is too thin above 2,000 m', priority: 'LOW', phase_id: 'To Do' },
      {
        external_id: 'BREW-104',
        title: 'Pump starts although the tank is empty',
        priority: 'CRITICAL',
        phase_id: 'Done',
      },
      { external_id: 'BREW-105', title: 'Translate the manual into Català', priority: 'MEDIUM', phase_id: 'Done' },
    ]);
  });

  it('adds nothing the second time', async () => {
    const report = await site.import(database, site.write('jira-search.json', EXAMPLE));
    expect(report).toMatchObject({
      code: 0,
      workflow: { version: 1, is_new: false },
      rows: { written: 0, already_there: 21 },
      tickets: { created: 0, unchanged: 5 },
    });
  });

  it('saves the inferred workflow and accepts it as --workflow', async () => {
    const path = site.write('saved.json', page(issueOf('A', ['To Do', 'Doing'])));
    const saved = join(site.directory, 'saved-workflow.json');
    const dryRun = await site.import(database, path, '--dry-run', '--save-workflow', saved);
    expect(dryRun).toMatchObject({ code: 0, workflow: { key: 'saved', version: null, is_new: true } });
    expect(JSON.parse(site.read('saved-workflow.json'))).toMatchObject({ key: 'saved', initial: ['To Do'] });
    const again = await site.run('--database-url', database.url, path, '--save-workflow', saved);
    expect([again.code, again.stderr]).toEqual([
      2,
      expect.stringMatching(/import: cannot save the workflow as .*EEXIST/),
    ]);
    site.write('saved.json', page(issueOf('A', ['To Do', 'Doing']), issueOf('B', ['To Do', 'Doing', 'To Do'])));
    const report = await site.import(database, path, '--workflow', saved);
    expect(report).toMatchObject({
      code: 1,
      workflow: { key: 'saved', version: 1 },
      tickets: { created: 1, quarantined: 1 },
    });
    expect(site.quarantined('saved.quarantine.jsonl').map(({ ticket_id, code }) => [ticket_id, code])).toEqual([
      ['B', 'ticket_quarantined'],
      ['B', 'ticket_quarantined'],
      ['B', 'illegal_transition'],
    ]);
  });

  it('does not save a workflow that it did not infer', async () => {
    const { code, stderr } = await site.run(site.log('plain.csv'), '--save-workflow', 'x.json');
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('import: --save-workflow requires Jira search results'),
    ]);
  });

  it.each([
    ['a list of pages', (one: string, two: string) => `[${one},${two}]`],
    ['pages one after the other', (one: string, two: string) => `\uFEFF${one}\n${two}\n`],
  ])('takes %s, and gzip', async (name, join) => {
    const content = join(page(issueOf('A', ['ü', 'done'])), page(issueOf('B', ['ü'])));
    const report = await site.import(database, site.write(`${name}.json.gz`, gzipSync(content)));
    expect(report).toMatchObject({ code: 0, source: name, tickets: { created: 2 }, moves_written: 1 });
  });

  it('skips changes that change nothing, and counts them', async () => {
    const report = await site.import(
      database,
      site.write('repeats.json', page(issueOf('A', ['A', 'A', 'B', 'B', 'A']))),
    );
    expect(report).toMatchObject({ code: 0, rows: { read: 5, written: 3, repeating: 2 }, moves_written: 2 });
  });

  it('goes on where an issue has gone on since', async () => {
    const path = site.write('grown.json', page(issueOf('A', ['A', 'B', 'A'])));
    await site.import(database, path);
    site.write('grown.json', page(issueOf('A', ['A', 'B', 'A', 'B'])));
    expect(await site.import(database, path)).toMatchObject({
      code: 0,
      rows: { written: 1, already_there: 3 },
      tickets: { continued: 1 },
    });
  });

  it('puts issues into quarantine whose past is not whole, and takes the others', async () => {
    const path = site.write(
      'faulty.json',
      page(
        issueOf('GOOD', ['To Do', 'Doing']),
        issueOf('CUT', ['To Do', 'Doing'], {}, { total: 130 }),
        issueOf('UNTOLD', ['To Do', 'Doing'], { status: { name: 'Done' } }),
        { ...issueOf('BARE', ['To Do']), changelog: undefined },
        issueOf(
          'TORN',
          ['To Do', 'Doing'],
          {},
          {
            histories: [
              {
                items: [
                  { field: 'status', fromString: 'x', toString: 'To Do' },
                  { field: 'status', fromString: 'y', toString: 'Doing' },
                ],
              },
            ],
          },
        ),
        issueOf('TIMELESS', ['To Do'], { created: 'yesterday' }),
        issueOf('BACK', ['To Do', 'Doing'], { created: '2026-03-30T09:00:00.000+0000' }),
        issueOf(`LONG ${'x'.repeat(51)}`, ['To Do', 'x'.repeat(51)]),
        { fields: {} },
      ),
    );
    const report = await site.import(database, path);
    expect(report).toMatchObject({ code: 1, workflow: { key: 'faulty' }, tickets: { created: 1, quarantined: 7 } });
    const errors = site.quarantined('faulty.quarantine.jsonl').filter(({ code }) => code !== 'ticket_quarantined');
    expect(
      errors.map(({ line, ticket_id, code }) => [line, ticket_id, code]).sort(([a], [b]) => Number(a) - Number(b)),
    ).toEqual([
      [3, 'CUT', 'changelog_incomplete'],
      [4, 'UNTOLD', 'changelog_incomplete'],
      [5, 'BARE', 'changelog_incomplete'],
      [7, 'TORN', 'bad_time'],
      [8, 'TORN', 'bad_time'],
      [9, 'TIMELESS', 'bad_time'],
      [11, 'BACK', 'time_falls'],
      [13, `LONG ${'x'.repeat(51)}`, 'bad_state'],
      [14, null, 'bad_ticket_id'],
    ]);
    expect(errors.find(({ ticket_id }) => ticket_id === 'CUT')).toMatchObject({
      reason: 'the changelog has 1 of 130 entries. Request all of them.',
      raw: JSON.stringify(issueOf('CUT', ['To Do', 'Doing'], {}, { total: 130 })),
    });
    expect(await storedLog(database, 'faulty')).toHaveLength(2);
  });

  it('does not let the statuses of an issue with a torn chain in', async () => {
    const torn = issueOf(
      'TORN',
      ['To Do', 'Doing'],
      {},
      {
        total: 1,
        histories: [
          {
            created: '2026-03-02T09:00:00.000+0000',
            items: [
              { field: 'status', fromString: 'x', toString: 'To Do' },
              { field: 'status', fromString: 'y', toString: 'Doing' },
            ],
          },
        ],
      },
    );
    const report = await site.import(
      database,
      site.write('torn.json', page(torn, issueOf('GOOD', ['To Do', 'Doing']))),
    );
    expect(report).toMatchObject({
      code: 1,
      tickets: { created: 1, quarantined: 1 },
      quarantined_by_code: { chain_broken: 1 },
    });
  });

  it('reads a pipe when --workflow is given', async () => {
    const once = join(site.directory, 'once.json');
    execFileSync('mkfifo', [once]);
    const workflow = join(site.directory, 'saved-workflow.json');
    const write = (): unknown => writeFile(once, page(issueOf('A', ['To Do', 'Doing']))).catch(() => undefined);
    const refused = site.run('--database-url', database.url, once);
    write();
    expect(await refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('can be read only once. Name the'),
    });
    const imported = site.import(database, once, '--workflow', workflow);
    write();
    expect(await imported).toMatchObject({ code: 0, tickets: { created: 1 } });
  });

  it.each([
    ['no JSON', '{"issues":[{"key":1} {"key":2}]}', /is not valid JSON: Unexpected/],
    ['cut off', page(issueOf('A', ['A'])).slice(0, -1), /is truncated JSON: Parser ended in mid-parsing/],
    ['no search', '{"errorMessages":["Unauthorized"]}', /has no issues; expected \{"issues": \[…\]\}/],
    ['no UTF-8', Buffer.from(page(issueOf('Ä', ['A'])), 'latin1'), /is not valid UTF-8/],
    ['torn gzip', gzipSync(page(issueOf('A', ['A']))).subarray(0, -9), /is truncated or corrupt after .* bytes/],
    [
      'no changelog',
      page({ key: 'A', fields: { status: { name: 'A' } } }),
      /No workflow can be inferred from .*: no issue has a complete changelog/,
    ],
  ])('refuses a file that is %s as a whole', async (name, content, message) => {
    const { code, stdout, stderr } = await site.run(
      '--database-url',
      database.url,
      site.write(`${name}.json`, content),
    );
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(message)]);
    expect(await storedLog(database, name)).toEqual([]);
  });

  it('judges by a workflow that is named', async () => {
    const path = site.write('named.json', page(issueOf('A', ['BACKLOG', 'REQUIREMENTS'])));
    const workflow = site.write(
      'named-workflow.json',
      JSON.stringify({
        key: 'named',
        title: 'x',
        initial: ['BACKLOG'],
        phases: [{ id: 'BACKLOG', category: 'todo' }],
        transitions: [],
      }),
    );
    expect(await site.import(database, path, '--workflow', workflow)).toMatchObject({
      code: 1,
      quarantined_by_code: { unknown_state: 1, ticket_quarantined: 1 },
    });
  });
});
