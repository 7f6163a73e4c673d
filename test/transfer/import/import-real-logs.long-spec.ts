import { parse } from 'csv-parse/sync';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { verifyDatabase } from '../../../src/verify/verify-database';
import { createTestDatabase, type TestDatabase } from '../../../testkit/database';
import { type LogName, pathInLog, readLogJson, realLogs } from '../../../testkit/real-logs';
import { textOf } from './copies';
import { ImportSite, storedLog } from './site';

const NAMES = realLogs('the import of a real log');
const WITH_REPEATS: LogName = 'servicenow-uci';

interface Summary {
  readonly tickets: number;
  readonly events: number;
  readonly transitions: number;
  readonly self_loops_dropped: number;
  readonly final: Readonly<Record<string, number>>;
}

/** Reads the log as it should be stored, with an independent CSV parser. */
function logOf(name: LogName): { rows: string[]; titles: Map<string, string> } {
  const text = gunzipSync(readFileSync(pathInLog(name, 'events.csv.gz')));
  const rows: string[][] = parse(text, { from_line: 2 });
  rows.sort(([a, m], [b, n]) => Buffer.compare(Buffer.from(a!), Buffer.from(b!)) || Number(m) - Number(n));
  const titles = new Map<string, string>();
  for (const [ticket, , , , , , title] of rows) titles.set(ticket!, title! || titles.get(ticket!) || ticket!);
  return { rows: rows.map((row) => row.slice(0, 6).join('|')), titles };
}

describe('npm run import, of real logs', () => {
  const site = new ImportSite();
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(async () => {
    await database.drop();
    site.remove();
  });

  it.each(NAMES)('stores exactly the rows of %s', async (name) => {
    const summary = readLogJson<Summary>(name, 'summary.json');
    const workflow = pathInLog(name, 'workflow.json');
    const args = [pathInLog(name, 'events.csv.gz'), '--workflow', workflow, '--source', name];
    expect(await site.import(database, ...args)).toMatchObject({
      code: 0,
      workflow: { key: name, version: 1, is_new: true },
      rows: { read: summary.events, written: summary.events },
      tickets: { created: summary.tickets, quarantined: 0 },
      moves_written: summary.transitions,
    });
    const { rows, titles } = logOf(name);
    expect((await storedLog(database, name)).join('\n')).toBe(rows.join('\n'));
    expect(await finalStates(database, name)).toEqual(summary.final);
    expect(await titlesOf(database, name)).toEqual(titles);
  });

  it('exports all of them, and an import of the export produces the same export', async () => {
    const whole = await textOf(database);
    const copy = await createTestDatabase();
    try {
      expect(await site.import(copy, site.write('all.jsonl', whole))).toMatchObject({ code: 0, cut_off: null });
      expect((await textOf(copy)) === whole).toBe(true);
    } finally {
      await copy.drop();
    }
  });

  const testRepeats = async (): Promise<void> => {
    const name = WITH_REPEATS;
    const summary = readLogJson<Summary>(name, 'summary.json');
    const log = pathInLog(name, 'events_with_updates.csv.gz');
    const args = [log, '--workflow', pathInLog(name, 'workflow.json'), '--source', name];
    expect(await site.import(database, ...args)).toMatchObject({
      code: 0,
      workflow: { version: 1, is_new: false },
      rows: { written: 0, already_there: summary.events, repeating: summary.self_loops_dropped },
      tickets: { created: 0, quarantined: 0 },
      moves_written: 0,
    });
  };
  if (NAMES.includes(WITH_REPEATS)) it('adds nothing from a log that also repeats states', testRepeats);

  it('passes the audit after the imports', async () => {
    expect((await verifyDatabase(database.url)).findings).toEqual([]);
  });
});

async function finalStates(database: TestDatabase, source: string): Promise<Record<string, number>> {
  const rows = await database.query<{ phase_id: string; count: number }>(
    'SELECT phase_id, count(*)::int FROM tickets WHERE external_source = $1 GROUP BY phase_id',
    [source],
  );
  return Object.fromEntries(rows.map(({ phase_id, count }) => [phase_id, count]));
}

async function titlesOf(database: TestDatabase, source: string): Promise<Map<string, string>> {
  const rows = await database.query<{ external_id: string; title: string }>(
    'SELECT external_id, title FROM tickets WHERE external_source = $1',
    [source],
  );
  return new Map(rows.map(({ external_id, title }) => [external_id, title]));
}
