import { Phase } from '../../src/machine/phase';
import { HttpConnection } from '../../src/transfer/replay/http-connection';
import type { ReplayEntry } from '../../src/transfer/replay/replay-log';
import { BrokenFileError } from '../../src/transfer/log/log-file';
import { Replay } from '../../src/transfer/replay/replay';
import type { ReplayReport } from '../../src/transfer/replay/report';
import { ReplayStatistics } from '../../src/transfer/replay/statistics';
import { TicketApi } from '../../src/transfer/replay/ticket-api';
import { mapToPhases } from '../../src/transfer/replay/state-mapping';
import { accepted, startStub, type StubAnswer, type StubRequest, type StubServer } from './stub-server';

const PHASES = mapToPhases(
  new Map([
    ['open', Phase.BACKLOG],
    ['ready', Phase.REQUIREMENTS],
    ['drawn', Phase.DESIGN],
    ['waiting', Phase.BLOCKED],
  ]),
);

let stub: StubServer;
let connection: HttpConnection;

interface Run {
  readonly report: ReplayReport;
  readonly printed: string[];
  readonly endedEarly: string | undefined;
}

async function replay(
  entries: Iterable<ReplayEntry> | AsyncIterable<ReplayEntry>,
  answer: (request: StubRequest) => StubAnswer | Promise<StubAnswer> = accepted,
  { rowsInFlight = 100, signal = new AbortController().signal } = {},
): Promise<Run> {
  stub = await startStub(answer);
  connection = new HttpConnection(stub.url, 4);
  const api = new TicketApi(connection, signal, { attempts: 2, firstWait: 1, longestWait: 1 });
  const statistics = new ReplayStatistics();
  const printed: string[] = [];
  const run = new Replay(api, statistics, {
    mapping: PHASES,
    concurrency: 4,
    rowsInFlight,
    signal,
    print: (message) => printed.push(message),
  });
  await run.run(asAsync(entries));
  return {
    report: statistics.report(1, api.retries, run.endedEarly === undefined),
    printed,
    endedEarly: run.endedEarly,
  };
}

async function* asAsync(entries: Iterable<ReplayEntry> | AsyncIterable<ReplayEntry>): AsyncGenerator<ReplayEntry> {
  yield* entries;
}

function row(ticket: string, seq: number, toState: string): ReplayEntry {
  return { kind: 'row', line: seq + 1, ticket, seq, fromState: '', toState, actor: 'ada', title: ticket };
}

function lives(tickets: number): ReplayEntry[] {
  const names = Array.from({ length: tickets }, (_, n) => `T${n}`);
  return names.flatMap((name) => ['open', 'ready', 'drawn'].map((state, n) => row(name, n + 1, state)));
}

function fateOfRows({ rows, tickets, tickets_blocked_first, moves, ...report }: ReplayReport): number {
  const created = tickets - tickets_blocked_first;
  const skipped = moves.skipped_same_phase + moves.skipped_same_state + moves.skipped_unmapped;
  const asked = created + report.refused_creations + moves.accepted + moves.refused + report.errors;
  return rows.bad + rows.not_sent + asked + skipped;
}

afterEach(async () => {
  connection.close();
  await stub.stop();
});

describe('Replay', () => {
  it('asks for the moves of one ticket one after the other', async () => {
    const { report, printed } = await replay(lives(50));
    expect(report).toMatchObject({ tickets: 50, moves: { accepted: 100, refused: 0 }, rows: { read: 150 }, errors: 0 });
    expect(printed).toEqual([]);
    const asked = stub.requests.filter(({ path }) => path === '/api/v1/tickets/T7/transition');
    expect(asked.map(({ body }) => body)).toEqual([
      { to_phase: 'REQUIREMENTS', transitioned_by: 'ada' },
      { to_phase: 'DESIGN', transitioned_by: 'ada' },
    ]);
  });

  it('creates what is blocked first in the backlog', async () => {
    const { report } = await replay([row('T', 1, 'waiting')]);
    expect(stub.requests.map(({ body }) => body.phase_id ?? body.to_phase)).toEqual(['BACKLOG', 'BLOCKED']);
    expect(report).toMatchObject({ tickets: 1, tickets_blocked_first: 1 });
    expect(report.accepted_by_move).toEqual([{ from: 'BACKLOG', to: 'BLOCKED', count: 1 }]);
  });

  it('leaves a refused ticket where it is, and counts from there', async () => {
    const refuse = (request: StubRequest): StubAnswer =>
      request.body.to_phase === 'DESIGN'
        ? [400, { code: 'illegal_transition', from_phase: 'BACKLOG' }]
        : accepted(request);
    const entries = ['open', 'drawn', 'open', 'nowhere', 'waiting'].map((state, n) => row('T', n + 1, state));
    const { report } = await replay(entries, refuse);
    expect(report.moves).toEqual({
      accepted: 1,
      refused: 1,
      skipped_same_phase: 1,
      skipped_same_state: 0,
      skipped_unmapped: 1,
    });
    expect(report.refused_by_move).toEqual([{ from: 'BACKLOG', to: 'DESIGN', code: 'illegal_transition', count: 1 }]);
    expect(fateOfRows(report)).toBe(5);
  });

  it('counts tickets that may not begin where the log has them begin, and sends no more of them', async () => {
    const refuse = (request: StubRequest): StubAnswer =>
      request.body.title !== 'T1'
        ? accepted(request)
        : [400, { code: 'validation_failed', errors: [{ pointer: '/phase_id' }] }];
    const { report, printed, endedEarly } = await replay(lives(3), refuse);
    expect(report).toMatchObject({
      tickets: 2,
      refused_creations: 1,
      refused_creations_by_phase: { BACKLOG: 1 },
      moves: { accepted: 4, refused: 0 },
      rows: { not_sent: 2 },
      errors: 0,
      complete: true,
    });
    expect([printed, endedEarly]).toEqual([[], undefined]);
    expect(fateOfRows(report)).toBe(9);
  });

  it('does not give up a server that refuses every ticket', async () => {
    const refuse = (): StubAnswer => [400, { code: 'validation_failed', errors: [{ pointer: '/phase_id' }] }];
    const { report, endedEarly } = await replay(lives(50), refuse);
    expect([report.refused_creations, report.rows.not_sent, endedEarly]).toEqual([50, 100, undefined]);
  });

  it('goes on after bad rows and gaps', async () => {
    const bad: ReplayEntry = { kind: 'bad', line: 3, problem: 'expected 7 columns, got 1' };
    const { report, printed } = await replay([row('T', 1, 'open'), bad, row('T', 3, 'ready')]);
    expect(printed).toEqual(['line 3: expected 7 columns, got 1', 'line 4: T: seq 2 is missing']);
    expect(report).toMatchObject({ moves: { accepted: 1 }, rows: { read: 3, bad: 1, missing: 1 }, complete: true });
  });

  it('drives a ticket no further after an error, and the others on', async () => {
    const fail = (request: StubRequest): StubAnswer =>
      request.path.includes('T1/') && request.body.to_phase === 'REQUIREMENTS'
        ? [500, { code: 'internal_error', detail: 'see e-17' }]
        : accepted(request);
    const { report, printed } = await replay(lives(3), fail);
    expect(report).toMatchObject({
      tickets: 3,
      moves: { accepted: 4 },
      errors: 1,
      rows: { not_sent: 1 },
      complete: true,
    });
    expect(report.errors_by_code).toEqual({ internal_error: 1 });
    expect(printed).toEqual(['line 3: T1: internal_error: status 500, see e-17']);
  });

  it('stops when nothing works any more', async () => {
    const { report, endedEarly } = await replay(lives(500), () => [502, 'bad gateway']);
    expect(endedEarly).toBe('20 errors in a row, the last one http_502');
    expect(stub.requests.length).toBeLessThan(30);
    expect(report.complete).toBe(false);
    expect(fateOfRows(report)).toBe(report.rows.read);
  });

  it('reads no further ahead than it may while the server is slow', async () => {
    let [read, answered] = [0, 0];
    let furthest = 0;
    function* counted(): Generator<ReplayEntry> {
      for (const entry of lives(100)) {
        read++;
        furthest = Math.max(furthest, read - answered);
        yield entry;
      }
    }
    const slow = async (request: StubRequest): Promise<StubAnswer> => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      answered++;
      return accepted(request);
    };
    await replay(counted(), slow, { rowsInFlight: 10 });
    expect(answered).toBe(300);
    expect(furthest).toBeLessThanOrEqual(12);
  });

  it('finishes the rows before the place where the log breaks off', async () => {
    async function* broken(): AsyncGenerator<ReplayEntry> {
      yield* lives(2);
      throw new BrokenFileError('the log is truncated or corrupt after 5 of 9 bytes');
    }
    const { report, endedEarly } = await replay(broken());
    expect(endedEarly).toBe('the log is truncated or corrupt after 5 of 9 bytes');
    expect(report).toMatchObject({
      tickets: 2,
      moves: { accepted: 4 },
      rows: { read: 6, not_sent: 0 },
      complete: false,
    });
  });

  it('stops where it is interrupted, and loses count of nothing', async () => {
    const controller = new AbortController();
    let left = 30;
    const interrupt = (request: StubRequest): StubAnswer => {
      if (--left === 0) controller.abort();
      return accepted(request);
    };
    const { report, endedEarly } = await replay(lives(200), interrupt, { signal: controller.signal });
    expect(endedEarly).toBe('interrupted');
    expect(stub.requests.length).toBeLessThan(40);
    expect(fateOfRows(report)).toBe(report.rows.read);
  });
});
