import { LARGE_TERRAIN } from '../../bench/large-terrain';
import { seed } from '../../bench/seed';
import { MOVES_BEHIND, restingPhase, SDLC_TERRAIN } from '../../bench/terrain';
import { createdAt, ticketId, TicketPool } from '../../bench/tickets';
import { lintWorkflow } from '../../src/machine/lint';
import type { TicketDto } from '../../src/tickets/ticket.dto';
import { verifyDatabase } from '../../src/verify/verify-database';
import { startTestApp, type TestApp } from '../../testkit/app';

const TICKETS = 8;

describe.each([SDLC_TERRAIN, LARGE_TERRAIN])('the generated tickets of the benchmark under $workflow', (terrain) => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp();
    await seed(app.database.url, TICKETS, () => undefined, terrain);
  });

  afterAll(() => app.close());

  it('are the ones that their numbers say', async () => {
    const rows = await app.database.query<{ id: string; created_at: Date }>('SELECT * FROM tickets ORDER BY id');
    expect(rows.map(({ id, created_at }) => [id, created_at.getTime()])).toEqual(
      Array.from({ length: TICKETS }, (_, n) => [ticketId(n), createdAt(n)]),
    );
  });

  it('move under their workflow, and rest where their courses end', async () => {
    const { body } = await app.api.get(`/api/v1/tickets?workflow=${terrain.workflow}&sort=created_at`).expect(200);
    expect(body.map((ticket: TicketDto) => ticket.phase_id)).toEqual(
      Array.from({ length: TICKETS }, (_, n) => restingPhase(terrain.courses[n % terrain.courses.length]!)),
    );
  });

  it('have histories that the database would have let through', async () => {
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
    expect(row!.rows).toBe(String(TICKETS * MOVES_BEHIND));
  });

  it('stand up to the audit, events and all', async () => {
    const { tickets, events, findings } = await verifyDatabase(app.database.url);
    expect([tickets, events, findings]).toEqual([TICKETS, TICKETS * (1 + MOVES_BEHIND), []]);
  });

  it('can go to and fro for as long as is wanted', async () => {
    const pool = new TicketPool(app.database.url, TICKETS, terrain);
    for (const n of [0, 1, 2, 3, 0, 1, 2, 3, 0]) {
      await app.api
        .post(`/api/v1/tickets/${ticketId(n)}/transition`)
        .send({ to_phase: pool.nextPhase(n) })
        .expect(200);
      pool.confirm(n);
    }
    expect(pool.confirmed).toBe(9);
  });

  it('leave the indexes as they were', async () => {
    const rows = await app.database.query<{ name: string }>(
      `SELECT indexname AS name FROM pg_indexes WHERE tablename IN ('tickets', 'phase_history') ORDER BY 1`,
    );
    expect(rows.map(({ name }) => name)).toContain('phase_history_created_at_idx');
    expect(rows.map(({ name }) => name)).toContain('tickets_phase_idx');
  });
});

describe('the large workflow of the benchmark', () => {
  const { definition, courses } = LARGE_TERRAIN;
  const way = (from: string, to: string): string => `${from} → ${to}`;
  const edges = new Set(definition!.transitions.map(({ from, to }) => way(from, to)));

  it('has 200 phases and 5,000 edges, and nothing wrong with it', () => {
    expect([definition!.phases.length, edges.size]).toEqual([200, 5_000]);
    expect(lintWorkflow(definition!).filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('has courses that are legal throughout', () => {
    const steps = courses.flatMap((course) => course.slice(1).map((to, i) => way(course[i]!, to)));
    expect(steps.filter((step) => !edges.has(step))).toEqual([]);
    expect(new Set(courses.map((course) => course.length))).toEqual(new Set([MOVES_BEHIND + 1]));
  });

  it('has tickets go to and fro between all of its phases, along nearly all of its edges', () => {
    const pairs = courses.map((course) => course.slice(-2) as [string, string]);
    const used = new Set(pairs.flatMap(([away, rest]) => [way(away, rest), way(rest, away)]));
    expect(new Set(pairs.flat()).size).toBe(200);
    expect([...used].filter((edge) => !edges.has(edge))).toEqual([]);
    expect(used.size).toBeGreaterThan(4_900);
  });
});
