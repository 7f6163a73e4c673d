import { parse } from 'csv-parse/sync';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { verifyDatabase } from '../../../src/verify/verify-database';
import { createTestDatabase, type TestDatabase } from '../../../testkit/database';
import { textOf } from './copies';
import { ImportSite, storedLog } from './site';

const LOGS = join(__dirname, '../../../../shared/data');
const NAMES = ['beads-agents', 'ethereum-eips', 'helpdesk-italy', 'k8s-keps', 'servicenow-uci'];

interface Summary {
  readonly tickets: number;
  readonly events: number;
  readonly transitions: number;
  readonly self_loops_dropped: number;
  readonly final: Readonly<Record<string, number>>;
}

function read<T>(name: string, file: string): T {
  return JSON.parse(readFileSync(join(LOGS, name, file), 'utf8')) as T;
}

/** The log as it is to be stored, read by nothing of ours. */
function logOf(name: string): { rows: string[]; titles: Map<string, string> } {
  const text = gunzipSync(readFileSync(join(LOGS, name, 'events.csv.gz')));
  const rows: string[][] = parse(text, { from_line: 2 });
  rows.sort(([a, m], [b, n]) => Buffer.compare(Buffer.from(a!), Buffer.from(b!)) || Number(m) - Number(n));
  const titles = new Map<string, string>();
  for (const [ticket, , , , , , title] of rows) titles.set(ticket!, title! || titles.get(ticket!) || ticket!);
  return { rows: rows.map((row) => row.slice(0, 6).join('|')), titles };
}

const present = NAMES.every((name) => existsSync(join(LOGS, name)));
if (!present) console.warn(`SKIPPED: the import of real logs, since ${LOGS} is not there`);

(present ? describe : describe.skip)('npm run import, of real logs', () => {
  const site = new ImportSite();
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(async () => {
    await database.drop();
    site.remove();
  });

  it.each(NAMES)(
    'holds exactly what %s says',
    async (name) => {
      const summary = read<Summary>(name, 'summary.json');
      const workflow = join(LOGS, name, 'workflow.json');
      const args = [join(LOGS, name, 'events.csv.gz'), '--workflow', workflow, '--source', name];
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
    },
    60_000,
  );

  it('takes all of them out, and in again, and out again the same', async () => {
    const whole = await textOf(database);
    const copy = await createTestDatabase();
    try {
      expect(await site.import(copy, site.write('all.jsonl', whole))).toMatchObject({ code: 0, cut_off: null });
      expect((await textOf(copy)) === whole).toBe(true);
    } finally {
      await copy.drop();
    }
  }, 120_000);

  it('finds nothing new in a log that repeats states besides', async () => {
    const name = 'servicenow-uci';
    const summary = read<Summary>(name, 'summary.json');
    const log = join(LOGS, name, 'events_with_updates.csv.gz');
    const args = [log, '--workflow', join(LOGS, name, 'workflow.json'), '--source', name];
    expect(await site.import(database, ...args)).toMatchObject({
      code: 0,
      workflow: { version: 1, is_new: false },
      rows: { written: 0, already_there: summary.events, repeating: summary.self_loops_dropped },
      tickets: { created: 0, quarantined: 0 },
      moves_written: 0,
    });
  }, 60_000);

  it('leaves nothing for the audit to find', async () => {
    expect((await verifyDatabase(database.url)).findings).toEqual([]);
  }, 60_000);
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
