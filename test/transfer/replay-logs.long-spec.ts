import { parse } from 'csv-parse/sync';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { ReplayReport } from '../../src/transfer/replay/report';
import { createTestDatabase, type TestDatabase } from '../../testkit/database';
import { type ServerProcess, startServerProcess } from '../../testkit/server-process';
import { countsOf, LOGS, ReplayProgram } from './replay-program';

/** What is counted in a log. The counts in `summary.json` are another program's. */
interface Summary {
  readonly tickets: number;
  readonly events: number;
  readonly transitions: number;
  readonly transitions_list: readonly (readonly [from: string, to: string, count: number])[];
}

/** Whole, but for one that would take a minute. */
const WHOLE = ['beads-agents', 'ethereum-eips', 'helpdesk-italy', 'k8s-keps'];
const LARGE = 'servicenow-uci';
const CUT = 10_000;

/** The log with every move accepted: those that were counted, and nothing else. */
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

/** Writes the first rows of a log into a file, and counts what is in them. */
async function cutLog(name: string, rows: number): Promise<{ path: string; summary: Summary }> {
  const text = gunzipSync(readFileSync(join(LOGS, name, 'events.csv.gz'))).toString();
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

describe('replaying real logs, each under its own workflow', () => {
  let database: TestDatabase;
  let server: ServerProcess;
  beforeAll(async () => {
    program = await ReplayProgram.create();
    database = await createTestDatabase();
    server = await startServerProcess({ DATABASE_URL: database.url, LOG_LEVEL: 'warn', AUTH: 'off' });
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await database.drop();
    await program.remove();
  });

  async function expectEverythingAccepted(name: string, log: string, summary: Summary): Promise<void> {
    const workflow = join(LOGS, name, 'workflow.json');
    const { code, stdout } = await program.run(log, '--workflow', workflow, '--json', '--url', server.origin);
    expect(code).toBe(0);
    const counts = countsOf(stdout);
    expect(counts).toEqual(everythingAccepted(summary));
    expect(counts.accepted_by_move).toHaveLength(summary.transitions_list.length);
  }

  for (const name of WHOLE) {
    itWith(name)(
      `accepts every move of ${name}`,
      async () => {
        const summary = JSON.parse(readFileSync(join(LOGS, name, 'summary.json'), 'utf8')) as Summary;
        await expectEverythingAccepted(name, join(LOGS, name, 'events.csv.gz'), summary);
      },
      120_000,
    );
  }

  itWith(LARGE)(
    `accepts every move of ${LARGE}, CUT to its first ${CUT} rows`,
    async () => {
      const { path, summary } = await cutLog(LARGE, CUT);
      await expectEverythingAccepted(LARGE, path, summary);
    },
    120_000,
  );
});

/** `it`, or loudly none where the log is not there. */
function itWith(name: string): jest.It {
  if (existsSync(join(LOGS, name))) return it;
  console.warn(`SKIPPED: the replay of a real log, since ${join(LOGS, name)} is not there`);
  return it.skip;
}
