import { seed } from '../../bench/seed';
import {
  createdAt,
  finalPhase,
  LARGE_WORKLOAD,
  PAST_TRANSITIONS,
  pathOf,
  SDLC_WORKLOAD,
  ticketId,
  TicketPool,
} from '../../bench/workload';
import { lintWorkflow } from '../../src/machine/lint';
import type { TicketDto } from '../../src/tickets/ticket.dto';
import { verifyDatabase } from '../../src/verify/verify-database';
import { startTestApp, type TestApp } from '../../testkit/app';

const TICKETS = 8;

describe.each([SDLC_WORKLOAD, LARGE_WORKLOAD])('The generated tickets of the benchmark in $workflow', (workload) => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp();
    await seed(app.database.url, TICKETS, () => undefined, workload);
  });

  afterAll(() => app.close());

  it('have the ids and times that are computed from their numbers', async () => {
    const rows = await app.database.query<{ id: string; created_at: Date }>('SELECT * FROM tickets ORDER BY id');
    expect(rows.map(({ id, created_at }) => [id, created_at.getTime()])).toEqual(
      Array.from({ length: TICKETS }, (_, n) => [ticketId(n), createdAt(n)]),
    );
  });

  it('are in the last phases of their paths', async () => {
    const { body } = await app.api.get(`/api/v1/tickets?workflow=${workload.workflow}&sort=created_at`).expect(200);
    expect(body.map((ticket: TicketDto) => ticket.phase_id)).toEqual(
      Array.from({ length: TICKETS }, (_, n) => finalPhase(pathOf(workload, n))),
    );
  });

  it('have histories that the integrity constraints allow', async () => {
    const wrong = await app.database.query(
      `SELECT h.* FROM phase_history h
         JOIN tickets t ON t.id = h.ticket_id
         LEFT JOIN graph_edges e
           ON (e.graph_id, e.from_phase, e.to_phase) = (t.graph_id, h.from_phase, h.to_phase) AND t.graph_id = h.graph_id
         LEFT JOIN phase_history earlier ON (earlier.ticket_id, earlier.sequence) = (h.ticket_id, h.sequence - 1)
        WHERE e.graph_id IS NULL OR h.from_phase <> coalesce(earlier.to_phase, t.initial_phase_id)
           OR h.created_at <= coalesce(earlier.created_at, t.created_at)
           OR h.sequence = t.transition_count AND h.to_phase <> t.phase_id`,
    );
    expect(wrong).toEqual([]);
    const [row] = await app.database.query<{ rows: string }>('SELECT count(*) AS rows FROM phase_history');
    expect(row!.rows).toBe(String(TICKETS * PAST_TRANSITIONS));
  });

  it('pass the audit, events included', async () => {
    const { tickets, events, findings } = await verifyDatabase(app.database.url);
    expect([tickets, events, findings]).toEqual([TICKETS, TICKETS * (1 + PAST_TRANSITIONS), []]);
  });

  it('accept any number of transitions between the last two phases', async () => {
    const pool = new TicketPool(TICKETS, workload);
    for (const n of [0, 1, 2, 3, 0, 1, 2, 3, 0]) {
      await app.api
        .post(`/api/v1/tickets/${ticketId(n)}/transition`)
        .send({ to_phase: pool.nextPhase(n) })
        .expect(200);
      pool.confirm(n);
    }
    expect(pool.confirmed).toBe(9);
  });

  it('have all indexes of the schema', async () => {
    const rows = await app.database.query<{ name: string }>(
      `SELECT indexname AS name FROM pg_indexes WHERE tablename IN ('tickets', 'phase_history') ORDER BY 1`,
    );
    expect(rows.map(({ name }) => name)).toContain('phase_history_created_at_idx');
    expect(rows.map(({ name }) => name)).toContain('tickets_phase_idx');
  });
});

describe('The large workflow of the benchmark', () => {
  const { definition, paths } = LARGE_WORKLOAD;
  const edge = (from: string, to: string): string => `${from} → ${to}`;
  const edges = new Set(definition!.transitions.map(({ from, to }) => edge(from, to)));

  it('has 200 phases, 5,000 edges and no lint error', () => {
    expect([definition!.phases.length, edges.size]).toEqual([200, 5_000]);
    expect(lintWorkflow(definition!).filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('has paths of legal transitions', () => {
    const transitions = paths.flatMap((path) => path.slice(1).map((to, i) => edge(path[i]!, to)));
    expect(transitions.filter((transition) => !edges.has(transition))).toEqual([]);
    expect(new Set(paths.map((path) => path.length))).toEqual(new Set([PAST_TRANSITIONS + 1]));
  });

  it('has tickets that use all phases and nearly all edges', () => {
    const pairs = paths.map((path) => path.slice(-2) as [string, string]);
    const used = new Set(pairs.flatMap(([away, rest]) => [edge(away, rest), edge(rest, away)]));
    expect(new Set(pairs.flat()).size).toBe(200);
    expect([...used].filter((one) => !edges.has(one))).toEqual([]);
    expect(used.size).toBeGreaterThan(4_900);
  });
});
