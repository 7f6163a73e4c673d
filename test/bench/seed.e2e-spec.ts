import { seed } from '../../bench/seed';
import { COURSES, createdAt, ticketId, TicketPool } from '../../bench/tickets';
import { verifyDatabase } from '../../src/verify/verify-database';
import { startTestApp, type TestApp } from '../support/app';

const TICKETS = 8;

describe('the generated tickets of the benchmark', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp();
    await seed(app.database.url, TICKETS, () => undefined);
  });

  afterAll(() => app.close());

  it('are the ones that their numbers say', async () => {
    const rows = await app.database.query<{ id: string; created_at: Date }>('SELECT * FROM tickets ORDER BY id');
    expect(rows.map(({ id, created_at }) => [id, created_at.getTime()])).toEqual(
      Array.from({ length: TICKETS }, (_, n) => [ticketId(n), createdAt(n)]),
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
    expect(row!.rows).toBe(String(TICKETS * (COURSES[0]!.length - 1)));
  });

  it('stand up to the audit, events and all', async () => {
    const { tickets, events, findings } = await verifyDatabase(app.database.url);
    expect([tickets, events, findings]).toEqual([TICKETS, TICKETS * COURSES[0]!.length, []]);
  });

  it('can go to and fro for as long as is wanted', async () => {
    const pool = new TicketPool(app.database.url, TICKETS);
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
