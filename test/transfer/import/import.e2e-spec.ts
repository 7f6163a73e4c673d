import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { TicketDto } from '../../../src/tickets/ticket.dto';
import { verifyDatabase } from '../../../src/verify/verify-database';
import { startTestApp, type TestApp } from '../../../testkit/app';
import { createTestDatabase, type TestDatabase } from '../../../testkit/database';
import { asStored, contentsOf, HEADER, HOUR, ImportSite, lineOf, linesOf, START, storedLog } from './site';

const site = new ImportSite();
let app: TestApp;
let database: TestDatabase;
beforeAll(async () => {
  app = await startTestApp();
  ({ database } = app);
});
afterAll(async () => {
  expect((await verifyDatabase(database.url)).findings).toEqual([]);
  await app.close();
  site.remove();
});

const EXAMPLES = join(__dirname, '../../../examples');
const NOTHING = { created: 0, continued: 0, unchanged: 0, quarantined: 0 };

async function ticketOf(source: string, id: string): Promise<TicketDto> {
  const [row] = await database.query<{ id: string }>(
    'SELECT id FROM tickets WHERE external_source = $1 AND external_id = $2',
    [source, id],
  );
  return (await app.api.get(`/api/v1/tickets/${row!.id}`).expect(200)).body as TicketDto;
}

describe('npm run import', () => {
  it('brings the past of tickets in, whatever the order of the rows', async () => {
    const one = linesOf('A', 'BACKLOG', 'REQUIREMENTS', 'BLOCKED', 'BACKLOG');
    const two = linesOf('B', 'TESTING', 'IMPLEMENTATION');
    const [third, ...rest] = linesOf('C', 'DONE');
    const scattered = [one[3], two[1], one[0], third, one[2], two[0], one[1]] as string[];
    const report = await site.import(database, site.log('scattered.csv', ...scattered));
    expect(report).toMatchObject({
      code: 0,
      source: 'scattered',
      project: 'default',
      workflow: { key: 'sdlc', version: 1, is_new: false },
      complete: true,
      rows: { read: 7, written: 7, already_there: 0, repeating: 0, quarantined: 0, left: 0 },
      tickets: { ...NOTHING, created: 3 },
      moves_written: 4,
      quarantined_by_code: {},
      quarantine_file: null,
    });
    expect(await storedLog(database, 'scattered')).toEqual(asStored(...one, ...two, third!, ...rest));
    expect(existsSync(join(site.directory, 'scattered.quarantine.jsonl'))).toBe(false);
  });

  it('makes tickets that the application goes on with', async () => {
    await site.import(database, site.log('goes-on.csv', ...linesOf('A', 'DESIGN', 'BLOCKED')));
    const ticket = await ticketOf('goes-on', 'A');
    expect(ticket).toMatchObject({
      project: 'default',
      title: 'Title of A',
      description: null,
      priority: 'MEDIUM',
      phase_id: 'BLOCKED',
      previous_phase_id: 'DESIGN',
      transition_count: 1,
      version: 2,
      created_at: new Date(START).toISOString(),
      phase_entered_at: new Date(START + HOUR).toISOString(),
      updated_at: new Date(START + HOUR).toISOString(),
      archived_at: null,
    });
    const move = (to_phase: string) => app.api.post(`/api/v1/tickets/${ticket.id}/transition`).send({ to_phase });
    await move('TESTING').expect(400);
    await move('DESIGN').expect(200);
    const { body: events } = await app.api.get(`/api/v1/tickets/${ticket.id}/events`).expect(200);
    expect(events).toMatchObject([
      { version: 1, type: 'ticket.created', actor: 'actor-1', at: new Date(START).toISOString() },
      { version: 2, type: 'ticket.moved', actor: 'actor-2', at: new Date(START + HOUR).toISOString() },
      { version: 3, type: 'ticket.moved' },
    ]);
  });

  it('takes the last title that is not empty, or else the id, and the system for an actor that is none', async () => {
    const at = (hour: number) => new Date(START + hour * HOUR).toISOString();
    const lines = [
      `A,1,,BACKLOG,${at(0)},,First`,
      `A,2,BACKLOG,BACKLOG,${at(1)},x,"Second, and ""last"""`,
      `A,3,BACKLOG,REQUIREMENTS,${at(2)},,`,
      `"B ü 🚀",1,,BACKLOG,${at(0)}, ,`,
    ];
    const report = await site.import(database, site.log('titles.csv', ...lines));
    expect(report).toMatchObject({ code: 0, rows: { written: 3, repeating: 1 }, moves_written: 1 });
    expect(await ticketOf('titles', 'A')).toMatchObject({ title: 'Second, and "last"', transition_count: 1 });
    expect(await ticketOf('titles', 'B ü 🚀')).toMatchObject({ title: 'B ü 🚀' });
    expect(await storedLog(database, 'titles')).toEqual([
      `A|1||BACKLOG|${at(0)}|system`,
      `A|2|BACKLOG|REQUIREMENTS|${at(2)}|system`,
      `B ü 🚀|1||BACKLOG|${at(0)}|system`,
    ]);
  });

  it('reads times with other offsets, and says when it cuts them to milliseconds', async () => {
    const lines = ['A,1,,BACKLOG,2026-01-01T01:00:00+01:00,x,', 'B,1,,BACKLOG,2026-01-01T00:00:00.0019Z,x,'];
    expect(await site.import(database, site.log('times.csv', ...lines))).toMatchObject({ code: 0, times_shortened: 1 });
    expect(await storedLog(database, 'times')).toEqual([
      'A|1||BACKLOG|2026-01-01T00:00:00.000Z|x',
      'B|1||BACKLOG|2026-01-01T00:00:00.001Z|x',
    ]);
  });

  it('reads gzip, whatever its name, and uses the given source', async () => {
    const path = site.write('packed', gzipSync(`${HEADER}\n${linesOf('A', 'BACKLOG').join('\n')}`));
    expect(await site.import(database, path, '--source', 'Über 9000')).toMatchObject({ code: 0, source: 'Über 9000' });
    expect(await storedLog(database, 'Über 9000')).toHaveLength(1);
  });

  it('brings them into the project that is named, and keeps projects apart', async () => {
    await app.api.post('/api/v1/projects').send({ key: 'other', title: 'Other' }).expect(201);
    const path = site.log('project.csv', ...linesOf('A', 'BACKLOG'));
    for (const project of ['default', 'other']) {
      expect(await site.import(database, path, '--project', project)).toMatchObject({
        project,
        tickets: { ...NOTHING, created: 1 },
      });
    }
    const { body } = await app.api.get('/api/v1/tickets?project=other').expect(200);
    expect(body).toMatchObject([{ project: 'other', title: 'Title of A' }]);
  });

  it('brings the example in', async () => {
    const [log, workflow] = ['sample-log.csv', 'sample-log-workflow.json'].map((name) => join(EXAMPLES, name));
    expect(await site.import(database, log!, '--workflow', workflow!)).toMatchObject({
      code: 0,
      source: 'sample-log',
      rows: { read: 70, written: 70, repeating: 0 },
      tickets: { created: 12 },
    });
  });

  it('takes an empty log', async () => {
    expect(await site.import(database, site.log('empty.csv'))).toMatchObject({ code: 0, rows: { read: 0 } });
  });

  it('prints a table for people', async () => {
    const path = site.log('table.csv', ...linesOf('A', 'BACKLOG', 'REQUIREMENTS'));
    const { code, stdout, stderr } = await site.run(path, '--database-url', database.url);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /rows read +2\n +tickets created +1\n[^]*transitions written +1\n[^]*rows per second +[\d,]+\n$/,
    );
    expect(stderr).toMatch(/^Importing into \S+ \(DATABASE_URL\)\n$/);
  });

  it('migrates an empty database', async () => {
    const empty = await createTestDatabase('template0');
    try {
      const path = site.log('first.csv', ...linesOf('A', 'BACKLOG', 'REQUIREMENTS'));
      expect(await site.import(empty, path)).toMatchObject({ code: 0, tickets: { created: 1 } });
      expect((await verifyDatabase(empty.url)).sound).toBe(true);
    } finally {
      await empty.drop();
    }
  });

  it('takes two imports of one file at the same time for one', async () => {
    const lines = Array.from({ length: 3_000 }, (_, i) => linesOf(`T-${i}`, 'BACKLOG', 'REQUIREMENTS')).flat();
    const path = site.log('twice.csv', ...lines);
    const reports = await Promise.all([site.import(database, path), site.import(database, path)]);
    expect(reports.map(({ code }) => code)).toEqual([0, 0]);
    const [one, other] = reports.map(({ tickets }) => tickets);
    expect(one!.created + other!.created).toBe(3_000);
    expect(one!.unchanged + other!.unchanged).toBe(3_000);
    expect(await storedLog(database, 'twice')).toHaveLength(6_000);
  });
});

describe('npm run import --dry-run', () => {
  it('reports what an import would do and writes nothing', async () => {
    const lines = [...linesOf('A', 'BACKLOG', 'REQUIREMENTS'), ...linesOf('B', 'DESIGN')];
    await site.import(database, site.log('dry.csv', lines[0]!));
    const before = await contentsOf(database);
    const path = site.log('dry.csv', ...lines, lineOf('C', 1, '', 'nowhere'));
    expect(await site.import(database, path, '--dry-run')).toMatchObject({
      code: 1,
      dry_run: true,
      rows: { read: 4, written: 2, already_there: 1, quarantined: 1 },
      tickets: { created: 1, continued: 1, unchanged: 0, quarantined: 1 },
      quarantine_file: null,
    });
    expect(await contentsOf(database)).toEqual(before);
    expect(existsSync(join(site.directory, 'dry.quarantine.jsonl'))).toBe(false);
    const named = join(site.directory, 'named.jsonl');
    expect(await site.import(database, path, '--dry-run', '--quarantine', named)).toMatchObject({
      quarantine_file: named,
    });
    expect(site.quarantined('named.jsonl')).toMatchObject([{ line: 5, code: 'unknown_state', ticket_id: 'C' }]);
  });

  it('leaves an empty database empty', async () => {
    const empty = await createTestDatabase('template0');
    try {
      const path = site.log('dry-empty.csv', ...linesOf('A', 'BACKLOG', 'DONE'), ...linesOf('B', 'BACKLOG'));
      expect(await site.import(empty, path, '--dry-run')).toMatchObject({
        code: 1,
        tickets: { ...NOTHING, created: 1, quarantined: 1 },
      });
      expect(await empty.query(`SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace`)).toEqual([]);
    } finally {
      await empty.drop();
    }
  });

  it('makes no data directory', async () => {
    const dataDir = join(site.directory, 'none');
    const path = site.log('dry-none.csv', ...linesOf('A', 'BACKLOG', 'REQUIREMENTS'));
    const { code, stdout, stderr } = await site.run('--json', '--dry-run', '--data-dir', dataDir, path);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining(`There is no database in ${dataDir} yet`),
    });
    expect(JSON.parse(stdout)).toMatchObject({ tickets: { created: 1 } });
    expect(existsSync(dataDir)).toBe(false);
  });
});
