import { FINDINGS, type FindingCode } from '../../src/audit/finding';
import { joinRecords } from '../../src/database/join-records';
import type { VerifyProgress, VerifyReport } from '../../src/verify/report';
import { WorkflowVersions } from '../../src/audit/workflow-versions';
import { Snapshot } from '../../src/database/snapshot';
import { openStreams } from '../../src/verify/stored-rows';
import { verifyDatabase } from '../../src/verify/verify-database';
import { createTestDatabase, type TestDatabase } from '../../testkit/database';
import { ONE, STORED_REPAIRS, STORED_SDLC, TO_THREE, TO_TWO } from './graphs';
import { CORRUPTIONS, type Corruption } from './corruptions';
import { GRAPH_CORRUPTIONS, WORKFLOW_CORRUPTIONS } from './workflow-corruptions';
import type { RecordStep } from './sound-record';
import { corrupt, insertGraphs, insertSoundTicket, insertSoundTicketUnder } from './sound-tickets';

const SOUND: readonly [string, ...RecordStep[]][] = [
  ['BACKLOG'],
  ['BACKLOG', 'REQUIREMENTS', 'edited', 'DESIGN', 'BLOCKED', 'REQUIREMENTS', 'archived', 'restored', 'edited'],
  ['DEPLOYMENT', 'BLOCKED', 'DEPLOYMENT', 'DONE', 'archived'],
];

/** Tickets of a defined workflow, some of which were migrated to other versions. */
const MIGRATED: readonly [string, ...RecordStep[]][] = [
  ['promised'],
  ['promised', 'taken in', 'on the bench', 'waiting for parts', 'on the bench', 'ready', 'fetched', 'archived'],
  ['taken in', { by: TO_TWO }],
  ['promised', { by: TO_TWO }, 'edited', 'diagnosis'],
  ['taken in', 'on the bench', { by: TO_TWO }, 'waiting for parts', { by: TO_THREE }, 'on the bench'],
  ['taken in', 'on the bench', 'ready', { by: TO_TWO }, { by: TO_THREE }, 'fetched'],
  ['taken in', 'on the bench', 'waiting for parts', { by: TO_TWO }, { by: TO_THREE }, 'archived', 'restored'],
];
const VERSIONS = new WorkflowVersions([STORED_SDLC, ...STORED_REPAIRS]);
const ALL_CORRUPTIONS = [...CORRUPTIONS, ...WORKFLOW_CORRUPTIONS];

let database: TestDatabase;
beforeAll(async () => (database = await createTestDatabase()));
afterAll(() => database.drop());

/** Returns the codes of the findings about each ticket. */
function codesByTicket({ findings }: VerifyReport): Record<string, FindingCode[]> {
  const codes: Record<string, FindingCode[]> = {};
  for (const { ticket_id, code } of findings) (codes[ticket_id ?? 'database'] ??= []).push(code);
  return Object.fromEntries(Object.entries(codes).map(([id, list]) => [id, [...new Set(list)].sort()]));
}

describe('verifyDatabase', () => {
  it('finds nothing in an empty database', async () => {
    const report = await verifyDatabase(database.url);
    expect(report).toMatchObject({ sound: true, tickets: 0, moves: 0, events: 0, findings: [], findings_total: 0 });
  });

  it('finds nothing in sound tickets and counts all of them', async () => {
    for (const steps of SOUND) await insertSoundTicket(database, ...steps);
    const reported: VerifyProgress[] = [];
    const report = await verifyDatabase(database.url, { onProgress: (progress) => reported.push(progress) });
    expect(report).toEqual({
      sound: true,
      tickets: 3,
      moves: 7,
      events: 15,
      findings_total: 0,
      findings_by_code: {},
      findings: [],
      findings_left_out: 0,
      notes: { unsettled_moves: 0, graphs_without_rules: [] },
      round_trips: expect.any(Number),
      seconds: expect.any(Number),
    });
    expect(reported.at(-1)).toEqual({ tickets: 3, ofTickets: 3, moves: 7, events: 15, findings: 0 });
  });

  it('rejects with the reason of an aborted signal', async () => {
    const reason = new Error('enough');
    await expect(verifyDatabase(database.url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const interruption = new AbortController();
    const onProgress = (): void => interruption.abort(reason);
    const run = verifyDatabase(database.url, { signal: interruption.signal, onProgress });
    await expect(run).rejects.toBe(reason);
  });

  it('rejects with the reason of a signal that is aborted while it connects', async () => {
    const reason = new Error('enough');
    const interruption = new AbortController();
    const run = verifyDatabase(database.url, { signal: interruption.signal });
    interruption.abort(reason);
    await expect(run).rejects.toBe(reason);
  });

  it('needs read access only', async () => {
    await database.query(
      `CREATE ROLE phaseline_auditor LOGIN PASSWORD 'x'; GRANT pg_read_all_data TO phaseline_auditor`,
    );
    const url = new URL(database.url);
    [url.username, url.password] = ['phaseline_auditor', 'x'];
    const report = await verifyDatabase(url.href).finally(() => database.query('DROP ROLE phaseline_auditor'));
    expect(report).toMatchObject({ sound: true, tickets: 3 });
  });

  it('reads one snapshot, without rows that are committed later', async () => {
    const snapshot = await Snapshot.open(database.url, 'phaseline test');
    await insertSoundTicket(database, 'BACKLOG');
    const seen = [];
    for await (const record of joinRecords(await openStreams(snapshot))) seen.push(record);
    await snapshot.close();
    expect(seen).toHaveLength(3);
    expect((await verifyDatabase(database.url)).tickets).toBe(4);
  });
});

describe('verifyDatabase with several workflows', () => {
  let own: TestDatabase;
  beforeAll(async () => {
    own = await createTestDatabase();
    await insertGraphs(own, STORED_REPAIRS);
  });
  afterAll(() => own.drop());

  it('finds nothing in sound tickets of all of them, some of which were migrated', async () => {
    await insertSoundTicket(own, 'BACKLOG', 'REQUIREMENTS');
    for (const steps of MIGRATED) await insertSoundTicketUnder(own, VERSIONS, ONE, ...steps);
    expect(await verifyDatabase(own.url)).toMatchObject({
      findings: [],
      tickets: MIGRATED.length + 1,
      notes: { unsettled_moves: 0, graphs_without_rules: [] },
    });
  });

  it('reports plans without a run, and the tickets that they migrated', async () => {
    const corrupted = await createTestDatabase();
    await insertGraphs(corrupted, STORED_REPAIRS);
    const insert = (...steps: RecordStep[]) => insertSoundTicketUnder(corrupted, VERSIONS, ONE, 'taken in', ...steps);
    const moved = await insert('on the bench', { by: TO_TWO });
    const kept = await insert('on the bench', 'ready', { by: TO_TWO });
    await insert('on the bench');
    await corrupt(corrupted, `DELETE FROM workflow_migrations WHERE plan_id = ${TO_TWO}`);
    const report = await verifyDatabase(corrupted.url);
    await corrupted.drop();
    const codes: FindingCode[] = ['run_missing'];
    expect(codesByTicket(report)).toEqual({ database: codes, [moved]: codes, [kept]: codes });
  });

  it.each(GRAPH_CORRUPTIONS)('reports $codes if $what', async ({ sql, codes }) => {
    const corrupted = await createTestDatabase();
    await insertGraphs(corrupted, STORED_REPAIRS);
    await corrupt(corrupted, ...sql);
    const report = await verifyDatabase(corrupted.url);
    await corrupted.drop();
    expect(codesByTicket(report)).toEqual({ database: codes });
  });
});

describe('verifyDatabase with corrupted tickets', () => {
  let report: VerifyReport;
  let found: Record<string, FindingCode[]>;
  const ids = new Map<string, string>();

  beforeAll(async () => {
    await insertGraphs(database, STORED_REPAIRS);
    const apply = async ({ what, sql }: Corruption, id: string): Promise<void> => {
      ids.set(what, id);
      await corrupt(database, ...sql.map((text) => text.replaceAll('{id}', id)));
    };
    for (const corruption of CORRUPTIONS) {
      await apply(corruption, await insertSoundTicket(database, ...corruption.steps));
    }
    for (const corruption of WORKFLOW_CORRUPTIONS) {
      await apply(corruption, await insertSoundTicketUnder(database, VERSIONS, ONE, ...corruption.steps));
    }
    report = await verifyDatabase(database.url);
    found = codesByTicket(report);
  });

  it.each(ALL_CORRUPTIONS)('reports $codes if $what', ({ what, codes }) =>
    expect(found[ids.get(what)!]).toEqual(codes),
  );

  it('reports nothing about other tickets, and counts every finding', () => {
    expect(Object.keys(found).sort()).toEqual([...ids.values()].sort());
    expect(report.sound).toBe(false);
    expect(report.findings_total).toBe(report.findings.length);
    const counted = Object.values(report.findings_by_code).reduce((sum, count) => sum + count, 0);
    expect(counted).toBe(report.findings_total);
  });

  it('reports every code for one of the corruptions', () => {
    const codes = new Set([...ALL_CORRUPTIONS, ...GRAPH_CORRUPTIONS].flatMap((corruption) => corruption.codes));
    // Tested with API keys.
    codes.add('api_key_event_missing');
    expect(Object.keys(FINDINGS).filter((code) => !codes.has(code as FindingCode))).toEqual([]);
  });
});

describe('verifyDatabase with a changed graph', () => {
  it('reports each edge that differs', async () => {
    const own = await createTestDatabase();
    await insertSoundTicket(own, 'BACKLOG', 'REQUIREMENTS');
    await corrupt(
      own,
      `INSERT INTO graph_edges VALUES (1, 'DONE', 'BACKLOG')`,
      `DELETE FROM graph_edges WHERE from_phase = 'DESIGN' AND to_phase = 'BLOCKED'`,
    );
    const report = await verifyDatabase(own.url);
    await own.drop();
    expect(report.findings.map(({ detail }) => detail)).toEqual([
      'The definition of graph 1 (sdlc 1) does not have the edge DONE → BACKLOG.',
      'The edge DESIGN → BLOCKED of graph 1 (sdlc 1) is missing.',
    ]);
  });
});

describe('verifyDatabase on notes', () => {
  it('notes pending checks and versions without a definition', async () => {
    const own = await createTestDatabase();
    const dropped = 'ALTER TABLE graphs DROP CONSTRAINT graphs_definition_check';
    await corrupt(own, dropped, `INSERT INTO graphs (workflow, version) VALUES ('chores', 1)`);
    await corrupt(own, `INSERT INTO unsettled_moves (ticket_ids) VALUES ('{}')`);
    const report = await verifyDatabase(own.url);
    await own.drop();
    expect(report).toMatchObject({ sound: true, notes: { unsettled_moves: 1, graphs_without_rules: ['chores 1'] } });
  });
});

describe('verifyDatabase on many tickets', () => {
  it('takes a round trip for each page, not for each ticket', async () => {
    const own = await createTestDatabase();
    await corrupt(
      own,
      `INSERT INTO tickets (id, title, initial_phase_id) SELECT gen_random_uuid(), 'x', 'BACKLOG' FROM generate_series(1, 4500)`,
      `INSERT INTO ticket_events (ticket_id, version, type, at) SELECT id, 1, 'created', created_at FROM tickets`,
      `INSERT INTO ticket_events (ticket_id, version, type, changes) SELECT id, number, 'edited', '{}'
         FROM tickets, generate_series(2, 11) AS number`,
      `UPDATE tickets SET version = 11, updated_at = clock_timestamp()`,
    );
    const report = await verifyDatabase(own.url);
    await own.drop();
    expect(report).toMatchObject({ sound: true, tickets: 4_500, events: 49_500, moves: 0 });
    // 3 pages of tickets, 5 of events, an empty one at the end of each stream, and the statements around them.
    expect(report.round_trips).toBeLessThanOrEqual(30);
  });
});
