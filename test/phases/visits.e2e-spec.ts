import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { encodeCursor } from '../../src/database/keyset-page';
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

describe('a long history', () => {
  const moves = 21_000;
  let id: string;
  beforeAll(async () => {
    id = (await createTicket(app)).id;
    const items = Array.from({ length: 500 }, (_, i) => ({
      ticket_id: id,
      to_phase: i % 2 === 0 ? 'BLOCKED' : 'BACKLOG',
    }));
    for (let made = 0; made < moves; made += items.length) {
      await app.api.post('/api/v1/transitions').send({ items }).expect(200);
    }
  });

  it('numbers the visits of a phase across pages', async () => {
    const [newest] = await visitsOf(id, '?order=desc&limit=1');
    expect(newest).toMatchObject({ phase: 'BACKLOG', nth: moves / 2 + 1, sequence: moves, left_at: null });
    const [first, second, third] = await visitsOf(id, '?limit=3');
    expect([first.nth, second.nth, third.nth]).toEqual([1, 1, 2]);
    const deep = encodeCursor('asc', [20_000]);
    const visits = await visitsOf(id, `?limit=2&cursor=${deep}`);
    expect(visits).toMatchObject([
      { phase: 'BLOCKED', nth: 10_001, sequence: 20_001, left_at: expect.any(String) },
      { phase: 'BACKLOG', nth: 10_002, sequence: 20_002, left_at: expect.any(String) },
    ]);
    expect(visits[0].left_at).toBe(visits[1].entered_at);
  });

  it('reads the transitions of one page and counts earlier ones', async () => {
    const statements: string[] = [];
    const source = app.nest.get(DataSource);
    const { logger } = source;
    source.logger = { ...logger, logQuery: (text: string) => void statements.push(text) } as typeof logger;
    await visitsOf(id, '?limit=1');
    source.logger = logger;
    const read = statements.find((text) => text.includes('phase_history'));
    const [plan] = await app.database.query<{ 'QUERY PLAN': unknown }>(
      `EXPLAIN (ANALYZE, FORMAT JSON) ${read!.replaceAll('$1', `'${id}'`).replaceAll('$2', '0').replaceAll('$3', '0')}`,
    );
    const rows = Array.from(JSON.stringify(plan).matchAll(/"Actual Rows": ?([\d.]+)/g), ([, count]) => Number(count));
    expect(Math.max(...rows)).toBeLessThan(10);
  });

  it('counts all transitions of the path taken', async () => {
    const { text } = await app.api.get(`/api/v1/tickets/${id}/diagram?format=mermaid`).expect(200);
    expect(text).toContain('10501');
    expect(text).toContain('10500');
  });
});
