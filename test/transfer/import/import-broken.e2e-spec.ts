import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { verifyDatabase } from '../../../src/verify/verify-database';
import { createTestDatabase, type TestDatabase } from '../../../testkit/database';
import type { RowErrorCode } from '../../../src/transfer/import/row-error';
import { asStored, contentsOf, HEADER, ImportSite, lineOf, linesOf, type Quarantined, storedLog } from './site';

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

const GOOD = linesOf('GOOD', 'BACKLOG', 'REQUIREMENTS');

const AT = '2026-01-01T00:00:00Z';
const creation = (ticket: string): string => lineOf(ticket, 1, '', 'BACKLOG');
/** The creation of a ticket, with something wrong in it. */
const created = (ticket: string, at: string, actor = '', title = ''): string =>
  [ticket, '1', '', 'BACKLOG', at, actor, title].join(',');

/** The error; the lines of a ticket of this name; which of them are at fault, from 0, and with what code. */
const FAULTY: [string, string[], [row: number, code: RowErrorCode][]][] = [
  ['bad quoting', [creation('bad quoting'), 'bad quoting,2,BACKLOG,DESIGN,x,a,a "b"'], [[1, 'bad_csv']]],
  ['an open quote', [`${created('an open quote', AT)}"b`], [[0, 'bad_csv']]],
  ['too few columns', ['too few columns,1,,BACKLOG'], [[0, 'bad_columns']]],
  ['too many columns', [`${creation('too many columns')},more`], [[0, 'bad_columns']]],
  ['no number', [creation('no number'), `no number,two,BACKLOG,BLOCKED,${AT},,`], [[1, 'bad_seq']]],
  ['no creation', [lineOf('no creation', 2, 'BACKLOG', 'BLOCKED')], [[0, 'creation_missing']]],
  ['a gap', [creation('a gap'), lineOf('a gap', 3, 'BACKLOG', 'BLOCKED')], [[1, 'seq_gap']]],
  ['a number twice', [creation('a number twice'), creation('a number twice')], [[1, 'seq_repeated']]],
  ['a torn chain', [creation('a torn chain'), lineOf('a torn chain', 2, 'DESIGN', 'BLOCKED')], [[1, 'chain_broken']]],
  ['an unknown state', linesOf('an unknown state', 'BACKLOG', 'nowhere'), [[1, 'unknown_state']]],
  ['an illegal move', linesOf('an illegal move', 'BACKLOG', 'DONE', 'BLOCKED'), [[1, 'illegal_transition']]],
  ['a shortcut', linesOf('a shortcut', 'BACKLOG', 'BLOCKED', 'DESIGN'), [[2, 'illegal_transition']]],
  [
    'falling times',
    [lineOf('falling times', 2, 'BACKLOG', 'BLOCKED'), created('falling times', '2026-02-01T00:00:00Z')],
    [[0, 'time_falls']],
  ],
  ['a time long ago', [created('a time long ago', '1969-12-31T23:59:59Z')], [[0, 'time_out_of_range']]],
  ['a time far ahead', [created('a time far ahead', '2999-01-01T00:00:00Z')], [[0, 'time_out_of_range']]],
  ['no such day', [created('no such day', '2026-02-30T00:00:00Z')], [[0, 'bad_time']]],
  ['no time zone', [created('no time zone', '2026-02-20T00:00:00')], [[0, 'bad_time']]],
  ['a long title', [created('a long title', AT, '', 'x'.repeat(501))], [[0, 'bad_title']]],
  ['a NUL', [created('a NUL', AT, 'a\0b')], [[0, 'bad_actor']]],
  [
    'two faults',
    [`two faults,1,,,${AT},,`, `two faults,x,,,${AT},,`],
    [
      [0, 'bad_state'],
      [1, 'bad_seq'],
    ],
  ],
];

describe('a row that is wrong', () => {
  const lines = [...GOOD, ...FAULTY.flatMap(([, rows]) => rows)];
  let report: Awaited<ReturnType<ImportSite['import']>>;
  let found: Quarantined[];
  beforeAll(async () => {
    report = await site.import(database, site.log('faulty.csv', ...lines));
    found = site.quarantined('faulty.quarantine.jsonl');
  });

  it.each(FAULTY)('keeps its whole ticket out for %s', (ticket, rows, errors) => {
    const first = lines.indexOf(rows[0]!) + 2;
    const [[row, code]] = errors as [[number, RowErrorCode]];
    const reason = `line ${first + row} of the same ticket is rejected (${code})`;
    const own = found.filter((line) => line.ticket_id === ticket).sort((one, other) => one.line - other.line);
    expect(own).toEqual(
      rows.map((_, i) => {
        const error = errors.find(([at]) => at === i)?.[1];
        const told = { line: first + i, code: error ?? 'ticket_quarantined', ticket_id: ticket };
        const content = code === 'bad_columns' || error === 'bad_csv' ? 'raw' : 'row';
        return { ...told, reason: error ? expect.any(String) : reason, [content]: expect.anything() };
      }),
    );
  });

  it('keeps no other ticket out', async () => {
    const wrong = lines.length - GOOD.length;
    expect(report).toMatchObject({
      code: 1,
      complete: true,
      rows: { read: lines.length, written: GOOD.length, quarantined: wrong },
      tickets: { created: 1, quarantined: FAULTY.length },
      quarantine_file: 'faulty.quarantine.jsonl',
    });
    expect(found).toHaveLength(wrong);
    expect(await storedLog(database, 'faulty')).toEqual(asStored(...GOOD));
  });

  it('is kept as it was', () => {
    const texts = found.map(({ row, raw }) => raw ?? Object.values(row!).join(','));
    expect(texts.sort()).toEqual(lines.slice(GOOD.length).sort());
  });

  it('keeps its ticket out where it is not UTF-8', async () => {
    const bad = Buffer.concat([
      Buffer.from('X,1,,BACKLOG,2026-01-01T00:00:00Z,Andr'),
      Buffer.from([0xe9]),
      Buffer.from(',t\n'),
    ]);
    const path = site.write('latin1.csv', Buffer.concat([Buffer.from(`${HEADER}\n${GOOD.join('\n')}\n`), bad]));
    expect(await site.import(database, path)).toMatchObject({ code: 1, tickets: { created: 1, quarantined: 1 } });
    expect(site.quarantined('latin1.quarantine.jsonl')).toEqual([
      {
        line: 4,
        code: 'bad_encoding',
        reason: 'invalid UTF-8',
        ticket_id: 'X',
        raw: 'X,1,,BACKLOG,2026-01-01T00:00:00Z,Andr\uFFFD,t',
      },
    ]);
  });

  it('is kept for rows without a ticket id', async () => {
    const lost = [
      '"',
      ',1,,BACKLOG,2026-01-01T00:00:00Z,a,t',
      `${'x'.repeat(256)},1,,BACKLOG,2026-01-01T00:00:00Z,a,t`,
    ];
    expect(await site.import(database, site.log('lost.csv', ...GOOD, ...lost))).toMatchObject({
      code: 1,
      rows: { read: 5, written: 2, quarantined: 3 },
      tickets: { created: 1, quarantined: 0 },
      quarantined_by_code: { bad_ticket_id: 2, bad_csv: 1 },
    });
    expect(site.quarantined('lost.quarantine.jsonl').map(({ line, ticket_id, raw }) => [line, ticket_id, raw])).toEqual(
      lost.map((raw, i) => [i + 4, null, raw]),
    );
  });

  it('prints the first errors to standard error', async () => {
    const lines = Array.from({ length: 30 }, (_, i) => lineOf(`T-${i}`, 1, '', 'nowhere'));
    const { code, stderr } = await site.run(site.log('told.csv', ...GOOD, ...lines), '--database-url', database.url);
    expect(code).toBe(1);
    expect(stderr.match(/^line \d+: unknown_state: /gm)).toHaveLength(20);
    expect(stderr).toMatch(/\n… and more\nQuarantined rows are in told\.quarantine\.jsonl\.\n$/);
  });

  it('keeps its ticket out where the database refuses it', async () => {
    await database.query(`
      CREATE FUNCTION no_x() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'no X here'; END $$;
      CREATE TRIGGER no_x BEFORE INSERT ON tickets FOR EACH ROW WHEN (NEW.external_id = 'X') EXECUTE FUNCTION no_x()`);
    try {
      const lines = [...GOOD, ...linesOf('X', 'BACKLOG', 'REQUIREMENTS'), ...linesOf('Z', 'DONE')];
      expect(await site.import(database, site.log('refused.csv', ...lines))).toMatchObject({
        code: 1,
        tickets: { created: 2, quarantined: 1 },
        quarantined_by_code: { refused_by_database: 1, ticket_quarantined: 1 },
      });
      expect(site.quarantined('refused.quarantine.jsonl')[0]).toMatchObject({ line: 4, reason: 'no X here' });
    } finally {
      await database.query('DROP TRIGGER no_x ON tickets; DROP FUNCTION no_x()');
    }
  });
});

describe('the quarantine file', () => {
  const bad = lineOf('X', 1, '', 'nowhere');

  it('of an earlier import is written anew', async () => {
    await site.import(database, site.log('anew.csv', ...GOOD, bad, lineOf('Y', 1, '', 'nowhere')));
    expect(site.quarantined('anew.quarantine.jsonl')).toHaveLength(2);
    await site.import(database, site.log('anew.csv', ...GOOD, bad));
    expect(site.quarantined('anew.quarantine.jsonl')).toHaveLength(1);
  });

  it('of an earlier import is kept when the new import has no errors, and the program says so', async () => {
    await site.import(database, site.log('mended.csv', ...GOOD, bad));
    const { code, stdout, stderr } = await site.run(site.log('mended.csv', ...GOOD), '--database-url', database.url);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/rows quarantined +0\n/) });
    expect(stderr).toContain('mended.quarantine.jsonl was written by an earlier import');
    expect(site.quarantined('mended.quarantine.jsonl')).toHaveLength(1);
  });

  it.each([
    ['a file that no import has written', 'mine.txt', 'exists and is not a quarantine file'],
    ['the log itself', 'log.csv', 'exists and is not a quarantine file'],
    ['a folder', 'folder', 'cannot read'],
    ['a file in a folder that is not there', 'nowhere/q.jsonl', 'nowhere does not exist'],
  ])('is not %s', async (_, name, message) => {
    site.write('mine.txt', 'mine');
    mkdirSync(join(site.directory, 'folder'), { recursive: true });
    const path = site.log('log.csv', ...GOOD, bad);
    const place = join(site.directory, name);
    const { code, stderr } = await site.run(
      path,
      '--source',
      'nothing',
      '--quarantine',
      place,
      '--database-url',
      database.url,
    );
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
    expect(site.read('mine.txt')).toBe('mine');
    expect(await storedLog(database, 'nothing')).toEqual([]);
  });
});

describe('what cannot be imported at all', () => {
  let before: string[];
  beforeEach(async () => (before = await contentsOf(database)));
  afterEach(async () => expect(await contentsOf(database)).toEqual(before));

  const refused = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await site.run(...args, '--database-url', database.url);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    return stderr;
  };

  it('is a torn gzip, of which nothing is imported', async () => {
    const rows = Array.from({ length: 3_000 }, () => lineOf(randomBytes(8).toString('hex'), 1, '', 'BACKLOG'));
    const packed = gzipSync(`${HEADER}\n"\n${rows.join('\n')}\n`);
    const path = site.write('torn.csv.gz', packed.subarray(0, packed.length / 2));
    const phases = [{ id: 'BACKLOG', category: 'todo' }];
    const definition = { key: 'torn', title: 'Torn', initial: ['BACKLOG'], phases, transitions: [] };
    const workflow = site.write('torn.json', JSON.stringify(definition));
    expect(await refused(path, '--workflow', workflow)).toMatch(
      /is truncated or corrupt after .*; none of the 1,\d{3} rows before that was imported\n$/,
    );
    expect(existsSync(join(site.directory, 'torn.quarantine.jsonl'))).toBe(false);
  });

  it.each([
    ['ticket_id,seq,to_state,at,actor,title\n', 'has the wrong header (missing: from_state)'],
    ['', 'is empty'],
    ['\uFEFFticket_id;seq;from_state;to_state;at;actor;title\n', 'has the wrong header'],
    [Buffer.from(`\uFEFF${HEADER}\n`, 'utf16le'), 'line 1: invalid UTF-8'],
  ])('is a file that starts with %j', async (content, message) => {
    expect(await refused(site.write('header.csv', content))).toContain(message);
  });

  it('is a log of another workflow, where none is named', async () => {
    const message = await refused(site.log('strange.csv', ...linesOf('A', 'open', 'closed'), ...linesOf('B', 'open')));
    expect(message).toContain(
      'No state of this log is a phase of the built-in workflow "sdlc". The log has "open", "closed".',
    );
    expect(message).toContain('--workflow');
    expect(existsSync(join(site.directory, 'strange.quarantine.jsonl'))).toBe(false);
  });

  it.each([
    [['nowhere.csv'], /cannot open the file nowhere\.csv/],
    [['.'], /it is a directory/],
    [
      ['good.csv', '--project', 'nobody'],
      /The project "nobody" does not exist\. Create it with POST \/api\/v1\/projects/,
    ],
    [['good.csv', '--project', 'nobody', '--dry-run'], /The project "nobody" does not exist/],
    [['good.csv', '--source', ' '], /expected a text of 1 to 255 characters/],
    [['good.csv', '--workflow', 'nowhere.json'], /cannot read the workflow nowhere\.json/],
    [['good.csv', '--workflow', 'good.csv'], /good\.csv is not valid JSON/],
    [['good.csv', '--faster'], /unknown option/],
    [[], /missing required argument/],
  ])('is reported for %j', async (args, message) => {
    site.log('good.csv', ...GOOD);
    expect(await refused(...args)).toMatch(message);
  });

  it('is there no database to bring it to', async () => {
    const { code, stderr } = await site.run(
      site.log('good.csv', ...GOOD),
      '--database-url',
      'postgres://a:secret@127.0.0.1:1/x',
    );
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/^import: Gave up after 0 s on .*(?!secret)/),
    });
  });
});
