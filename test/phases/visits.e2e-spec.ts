import { randomUUID } from 'node:crypto';
import { startTestApp, type TestApp } from '../../testkit/app';
import { createTicket, moveAlong } from '../../testkit/tickets';
import { followLinks } from '../tickets/pages';

let app: TestApp;
beforeAll(async () => (app = await startTestApp()));
afterAll(() => app.close());

const visitsOf = async (id: string, query = '') =>
  (await app.api.get(`/api/v1/tickets/${id}/phase-history/visits${query}`)).body;

describe('GET /tickets/:id/phase-history/visits', () => {
  it('returns one visit, since its creation, for a ticket that never moved', async () => {
    const ticket = await createTicket(app);
    const [visit, ...others] = await visitsOf(ticket.id);
    expect(others).toEqual([]);
    expect(visit).toEqual({
      phase: 'BACKLOG',
      nth: 1,
      sequence: 0,
      entered_at: ticket.created_at,
      left_at: null,
      seconds: expect.any(Number),
      entered_by: 'system',
    });
    expect(visit.seconds).toBeGreaterThanOrEqual(0);
  });

  it('returns every visit with its duration', async () => {
    const ticket = await createTicket(app, { title: 'x', phase_id: 'IMPLEMENTATION' });
    await moveAlong(app, ticket.id, 'TESTING', 'IMPLEMENTATION', 'TESTING', 'BLOCKED', 'TESTING');
    const visits = await visitsOf(ticket.id);
    const { body: history } = await app.api.get(`/api/v1/tickets/${ticket.id}/phase-history`);
    const entered = [ticket.created_at, ...history.map((row: { created_at: string }) => row.created_at)];
    expect(visits.map((visit: { phase: string; nth: number }) => `${visit.phase} ${visit.nth}`)).toEqual([
      'IMPLEMENTATION 1',
      'TESTING 1',
      'IMPLEMENTATION 2',
      'TESTING 2',
      'BLOCKED 1',
      'TESTING 3',
    ]);
    for (const [i, visit] of visits.entries()) {
      const left = entered[i + 1] ?? null;
      expect([visit.sequence, visit.entered_at, visit.left_at]).toEqual([i, entered[i], left]);
      if (left !== null) expect(visit.seconds).toBeCloseTo((Date.parse(left) - Date.parse(entered[i])) / 1000, 3);
    }
  });

  it('returns exact times for imported rows and the name of the actor of each visit', async () => {
    const id = randomUUID();
    await app.database.query(
      `WITH ticket AS (INSERT INTO tickets (id, title, initial_phase_id, phase_id, previous_phase_id, transition_count,
           version, created_at, phase_entered_at)
         VALUES ($1, 'x', 'BACKLOG', 'DESIGN', 'REQUIREMENTS', 2, 3, '2024-01-01Z', '2024-01-02T00:00:01.5Z')),
       event AS (INSERT INTO ticket_events (ticket_id, version, type, sequence, at)
         VALUES ($1, 1, 'created', NULL, '2024-01-01Z'), ($1, 2, 'moved', 1, '2024-01-02Z'),
                ($1, 3, 'moved', 2, '2024-01-02T00:00:01.5Z'))
       INSERT INTO phase_history (ticket_id, sequence, id, from_phase, to_phase, transitioned_by, graph_id, version, created_at)
         VALUES ($1, 1, gen_random_uuid(), 'BACKLOG', 'REQUIREMENTS', 'ann', 1, 2, '2024-01-02Z'),
                ($1, 2, gen_random_uuid(), 'REQUIREMENTS', 'DESIGN', 'bob', 1, 3, '2024-01-02T00:00:01.5Z')`,
      [id],
    );
    const visits = await visitsOf(id);
    expect(visits.map((visit: { seconds: number; entered_by: string }) => [visit.seconds, visit.entered_by])).toEqual([
      [86_400, 'system'],
      [1.5, 'ann'],
      [expect.any(Number), 'bob'],
    ]);
    expect(visits[2].seconds).toBeGreaterThan(86_400 * 365);
  });

  it('returns pages in both directions and numbers visits from the creation', async () => {
    const { id } = await createTicket(app, { title: 'x', phase_id: 'TESTING' });
    await moveAlong(app, id, 'IMPLEMENTATION', 'TESTING', 'IMPLEMENTATION', 'TESTING');
    const whole = (await visitsOf(id)).map(withoutSeconds);
    const path = `/api/v1/tickets/${id}/phase-history/visits`;
    expect((await followLinks<Record<string, unknown>>(app, `${path}?limit=2`)).rows.map(withoutSeconds)).toEqual(
      whole,
    );
    expect(
      (await followLinks<Record<string, unknown>>(app, `${path}?limit=1&order=desc`)).rows.map(withoutSeconds),
    ).toEqual(whole.toReversed());
  });

  it('returns 404 for an unknown ticket', async () => {
    const { status, body } = await app.api.get(`/api/v1/tickets/${randomUUID()}/phase-history/visits`);
    expect([status, body.code]).toEqual([404, 'ticket_not_found']);
  });
});

function withoutSeconds({ seconds: _seconds, ...visit }: Record<string, unknown>): object {
  return visit;
}
