import { parse } from 'csv-parse/sync';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { ReplayReport } from '../../src/transfer/replay/report';
import { createTestDatabase, type TestDatabase } from '../../testkit/database';
import { type ServerProcess, startServerProcess } from '../../testkit/server-process';
import { type LogName, pathInLog, readLogJson, realLogs } from '../../testkit/real-logs';
import { countsOf, ReplayProgram } from './replay-program';

/** The counts of a log. Those in `summary.json` were computed by an independent program. */
interface Summary {
  readonly tickets: number;
  readonly events: number;
  readonly transitions: number;
  readonly transitions_list: readonly (readonly [from: string, to: string, count: number])[];
}

const LOGS = realLogs('the replay of a real log');

/** Would take a minute, so only its first rows are replayed. */
const LARGE: LogName = 'servicenow-uci';
const CUT = 10_000;

/** Returns the report of a replay in which every counted transition is accepted. */
function everythingAccepted({ tickets, events, transitions, transitions_list }: Summary): Partial<ReplayReport> {
  return {
    tickets,
    tickets_blocked_first: 0,
    refused_creations: 0,
    refused_creations_by_phase: {},
    moves: { accepted: transitions, refused: 0, skipped_same_phase: 0, skipped_same_state: 0, skipped_unmapped: 0 },
    refused_by_code: {},
    refused_by_move: [],
    accepted_by_move: expect.arrayContaining(transitions_list.map(([from, to, count]) => ({ from, to, count }))),
    rows: { read: events, bad: 0, missing: 0, not_sent: 0 },
    errors: 0,
    errors_by_code: {},
    complete: true,
  };
}

let program: ReplayProgram;

/** Writes the first rows of a log to a file and counts their transitions. */
async function cutLog(name: LogName, rows: number): Promise<{ path: string; summary: Summary }> {
  const text = gunzipSync(readFileSync(pathInLog(name, 'events.csv.gz'))).toString();
  const records = parse(text, { to: rows + 1, raw: true }) as unknown as { raw: string; record: string[] }[];
  const path = await program.write(`${name}.csv`, records.map(({ raw }) => raw).join(''));
  const moves = new Map<string, number>();
  for (const { record } of records.slice(1)) {
    const [, seq, from, to] = record;
    if (seq === '1') continue;
    const move = JSON.stringify([from, to]);
    moves.set(move, (moves.get(move) ?? 0) + 1);
  }
  const transitions = [...moves.values()].reduce((sum, count) => sum + count, 0);
  const list = Array.from(moves, ([move, count]) => [...(JSON.parse(move) as [string, string]), count] as const);
  return { path, summary: { tickets: rows - transitions, events: rows, transitions, transitions_list: list } };
}

describe('npm run replay, of real logs with their own workflows', () => {
  let database: TestDatabase;
  let server: ServerProcess;
  beforeAll(async () => {
    program = await ReplayProgram.create();
    database = await createTestDatabase();
    server = await startServerProcess({ DATABASE_URL: database.url, LOG_LEVEL: 'warn', AUTH: 'off' });
  });
  afterAll(async () => {
    await server.stop();
    await database.drop();
    await program.remove();
  });

  async function expectEverythingAccepted(name: LogName, log: string, summary: Summary): Promise<void> {
    const workflow = pathInLog(name, 'workflow.json');
    const { code, stdout } = await program.run(log, '--workflow', workflow, '--json', '--url', server.origin);
    expect(code).toBe(0);
    const counts = countsOf(stdout);
    expect(counts).toEqual(everythingAccepted(summary));
    expect(counts.accepted_by_move).toHaveLength(summary.transitions_list.length);
  }

  it.each(LOGS.filter((name) => name !== LARGE))('accepts every transition of %s', async (name) => {
    const summary = readLogJson<Summary>(name, 'summary.json');
    await expectEverythingAccepted(name, pathInLog(name, 'events.csv.gz'), summary);
  });

  const large = LOGS.filter((name) => name === LARGE);
  if (large.length > 0)
    it.each(large)(`accepts every transition in the first ${CUT} rows of %s`, async (name) => {
      const { path, summary } = await cutLog(name, CUT);
      await expectEverythingAccepted(name, path, summary);
    });
});
