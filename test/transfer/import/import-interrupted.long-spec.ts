import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { verifyDatabase } from '../../../src/verify/verify-database';
import type { ImportReport } from '../../../src/transfer/import/report';
import { createTestDatabase, type TestDatabase } from '../../../testkit/database';
import { eventually } from '../../../testkit/eventually';
import { contentsOf, HEADER, ImportSite, lineOf, linesOf } from './site';

const TICKETS = 3_000;
const WAY = ['BACKLOG', 'REQUIREMENTS', 'DESIGN', 'BLOCKED', 'DESIGN'];

const site = new ImportSite();
let database: TestDatabase;
let path: string;
beforeAll(() => {
  // The rows of a ticket are far apart: all creations come first, then all first moves, and so on.
  const tickets = Array.from({ length: TICKETS }, (_, i) => linesOf(`T-${i}`, ...WAY));
  path = site.log('many.csv', ...WAY.flatMap((_, i) => tickets.map((lines) => lines[i]!)));
});
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());
afterAll(() => site.remove());

async function countTickets(): Promise<number> {
  const [row] = await database.query<{ count: number }>('SELECT count(*)::int FROM tickets');
  return row!.count;
}

/** Whole tickets have every move of the way. */
async function countTornTickets(): Promise<number> {
  const [row] = await database.query<{ count: number }>(`
    SELECT count(*)::int FROM tickets
      WHERE transition_count <> ${WAY.length - 1}
        OR (SELECT count(*) FROM phase_history WHERE ticket_id = tickets.id) <> ${WAY.length - 1}
        OR (SELECT count(*) FROM ticket_events WHERE ticket_id = tickets.id) <> ${WAY.length}`);
  return row!.count;
}

describe('an import that ends early', () => {
  it('by kill -9 leaves whole tickets, and a second run the same as an undisturbed one', async () => {
    const { child, ended } = site.start(['--database-url', database.url, path]);
    await eventually(async () => (await countTickets()) > TICKETS / 10);
    child.kill('SIGKILL');
    expect((await ended).code).toBeNull();
    const left = await eventually(async () => ((await connections()) === 0 ? countTickets() : undefined));
    expect(left).toBeLessThan(TICKETS);
    expect(await countTornTickets()).toBe(0);
    expect((await verifyDatabase(database.url)).sound).toBe(true);

    expect(await site.import(database, path)).toMatchObject({
      code: 0,
      tickets: { created: TICKETS - left, unchanged: left, continued: 0, quarantined: 0 },
    });
    const undisturbed = await createTestDatabase();
    try {
      expect(await site.import(undisturbed, path)).toMatchObject({ code: 0, tickets: { created: TICKETS } });
      expect(digestOf(await contentsOf(database))).toBe(digestOf(await contentsOf(undisturbed)));
    } finally {
      await undisturbed.drop();
    }
    expect((await verifyDatabase(database.url)).sound).toBe(true);
  });

  it('by Ctrl-C finishes what it is writing, prints its progress and how to continue', async () => {
    const { child, ended } = site.start(['--json', '--database-url', database.url, path]);
    await eventually(async () => (await countTickets()) > 0);
    child.kill('SIGINT');
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    expect({ code, stderr }).toEqual({
      code: 130,
      stderr: expect.stringContaining('Run the same command again to continue'),
    });
    const { complete, rows, tickets } = JSON.parse(stdout) as ImportReport;
    expect({ complete, created: tickets.created }).toEqual({ complete: false, created: await countTickets() });
    expect(rows.written + rows.left).toBe(TICKETS * WAY.length);
    expect(rows.left).toBeGreaterThan(0);
    expect(await countTornTickets()).toBe(0);
  });

  it('by Ctrl-C while it reads has written nothing', async () => {
    const slow = join(site.directory, 'slow.csv');
    execFileSync('mkfifo', [slow]);
    const { child, ended, stderr: soFar } = site.start(['--database-url', database.url, slow]);
    // The reader may be gone before the last row is written.
    const writing = createWriteStream(slow).on('error', () => undefined);
    writing.write(`${HEADER}\n${lineOf('A', 1, '', 'BACKLOG')}\n`);
    await eventually(() => soFar().includes('Importing into'));
    child.kill('SIGINT');
    await sleep(100);
    writing.end(`${lineOf('B', 1, '', 'BACKLOG')}\n`);
    const { code, stdout, stderr } = await ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toMatch(/\nimport: interrupted; nothing was imported\n$/);
    expect(await countTickets()).toBe(0);
  });

  it('since the database goes away says so', async () => {
    const { ended } = site.start(['--database-url', database.url, path]);
    await eventually(async () => (await countTickets()) > 0);
    await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'phaseline import' AND datname = current_database()`,
    );
    const { code, stdout, stderr } = await ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Tickets written so far are kept. Run the same command again to continue.');
    expect(await countTornTickets()).toBe(0);
  });
});

/** Connections of imports; a killed one's is there until the database notices. */
async function connections(): Promise<number> {
  const [row] = await database.query<{ count: number }>(`
    SELECT count(*)::int FROM pg_stat_activity
      WHERE application_name = 'phaseline import' AND datname = current_database()`);
  return row!.count;
}

function digestOf(contents: readonly string[]): string {
  return contents.join('\n');
}

describe('an import of more than fits into memory', () => {
  it('takes no more memory for more rows', async () => {
    const large = createWriteStream(join(site.directory, 'large.csv'));
    large.write(`${HEADER}\n`);
    const title = 'x'.repeat(480);
    for (let i = 0; i < 2; i++) {
      for (let n = 0; n < 60_000; n++) {
        const line = lineOf(`T-${n}`, i + 1, i === 0 ? '' : 'BACKLOG', i === 0 ? 'BACKLOG' : 'BLOCKED');
        if (!large.write(`${line} ${title}\n`)) await once(large, 'drain');
      }
    }
    large.end();
    await once(large, 'close');
    const args = ['--dry-run', '--json', '--database-url', database.url, large.path as string];
    const { code, stdout, stderr } = await site.start(args, {}, ['--max-old-space-size=64']).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('heap') });
    expect(JSON.parse(stdout)).toMatchObject({
      rows: { read: 120_000, written: 120_000 },
      tickets: { created: 60_000 },
    });
  });
});
