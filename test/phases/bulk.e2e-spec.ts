import { randomUUID } from 'node:crypto';
import { verifyDatabase } from '../../src/verify/verify-database';
import { startTestApp, type TestApp } from '../../testkit/app';
import { createTicket, moveAlong } from '../../testkit/tickets';

let app: TestApp;
beforeAll(async () => (app = await startTestApp()));
afterEach(async () => expect((await verifyDatabase(app.database.url)).findings).toEqual([]));
afterAll(() => app.close());

const bulk = (items: unknown[], mode?: string) => app.api.post('/api/v1/transitions').send({ mode, items });
const phaseOf = async (id: string) => (await app.api.get(`/api/v1/tickets/${id}`)).body.phase_id as string;

describe('POST /transitions, independent', () => {
  it('makes legal transitions and returns one result for each item in order', async () => {
    const [a, b] = [await createTicket(app), await createTicket(app)];
    const unknown = randomUUID();
    const response = await bulk([
      { ticket_id: a.id, to_phase: 'REQUIREMENTS', reason: 'go', transitioned_by: 'agent-1', artifacts: { n: 1 } },
      { ticket_id: b.id, to_phase: 'DONE' },
      { ticket_id: unknown, to_phase: 'DESIGN' },
      { ticket_id: a.id.toUpperCase(), to_phase: 'DESIGN' },
    ]);
    expect(response.status).toBe(200);
    const { results } = response.body;
    expect(results.map((r: { ticket_id: string; status: string }) => [r.ticket_id, r.status])).toEqual([
      [a.id, 'ok'],
      [b.id, 'refused'],
      [unknown, 'refused'],
      [a.id, 'ok'],
    ]);
    expect(results[0].transition).toMatchObject({ sequence: 1, transitioned_by: 'agent-1', artifacts: { n: 1 } });
    expect(results[3].transition).toMatchObject({ sequence: 2, from_phase: 'REQUIREMENTS', to_phase: 'DESIGN' });
    const alone = await app.api.post(`/api/v1/tickets/${b.id}/transition`).send({ to_phase: 'DONE' });
    expect(results[1].problem).toEqual(alone.body);
    expect(results[2].problem.code).toBe('ticket_not_found');
    const { body: history } = await app.api.get(`/api/v1/tickets/${a.id}/phase-history`);
    expect(history).toEqual([results[0].transition, results[3].transition]);
  });

  it('accepts up to 500 transitions and 8 MiB', async () => {
    const { id } = await createTicket(app);
    const item = (i: number) => ({ ticket_id: id, to_phase: i % 2 === 0 ? 'BLOCKED' : 'BACKLOG' });
    const artifacts = { text: 'x'.repeat(16_000) };
    const full = await bulk(Array.from({ length: 500 }, (_, i) => ({ ...item(i), artifacts })));
    expect(full.body.results.every((r: { status: string }) => r.status === 'ok')).toBe(true);
    const tooMany = await bulk(Array.from({ length: 501 }, (_, i) => item(i)));
    expect(tooMany.body.errors).toEqual([
      { in: 'body', pointer: '/items', detail: 'must be a list of 1 to 500 objects; got 501' },
    ]);
    const tooLarge = await bulk([{ ...item(0), reason: 'x'.repeat(8 * 1024 * 1024) }]);
    expect([tooLarge.status, tooLarge.body.code]).toEqual([413, 'payload_too_large']);
  });

  it('reports every invalid field with its pointer and changes nothing', async () => {
    const { id } = await createTicket(app);
    const response = await bulk([
      { ticket_id: id, to_phase: 'REQUIREMENTS' },
      { ticket_id: 'x', to_phase: '' },
      { ticket_id: id, to_phase: 'DESIGN', phase: 'DESIGN' },
      'move it',
    ]);
    expect([response.status, response.body.code]).toEqual([400, 'validation_failed']);
    expect(response.body.errors.map((e: { pointer: string }) => e.pointer).sort()).toEqual([
      '/items/1/ticket_id',
      '/items/1/to_phase',
      '/items/2/phase',
      '/items/3',
    ]);
    expect(await phaseOf(id)).toBe('BACKLOG');
    for (const body of [{}, { items: [] }, { items: {} }, { items: null }, { mode: 'maybe', items: [{}] }]) {
      expect((await app.api.post('/api/v1/transitions').send(body)).status).toBe(400);
    }
  });
});

describe('POST /transitions, atomic', () => {
  it('makes all transitions, also several of one ticket, in one transaction', async () => {
    const [a, b] = [await createTicket(app), await createTicket(app)];
    const response = await bulk(
      [
        { ticket_id: a.id, to_phase: 'REQUIREMENTS' },
        { ticket_id: b.id, to_phase: 'BLOCKED' },
        { ticket_id: a.id, to_phase: 'DESIGN' },
      ],
      'atomic',
    );
    expect(response.body.results.map((r: { status: string }) => r.status)).toEqual(['ok', 'ok', 'ok']);
    expect([await phaseOf(a.id), await phaseOf(b.id)]).toEqual(['DESIGN', 'BLOCKED']);
    const rows = await app.database.query('SELECT DISTINCT xmin::text FROM phase_history WHERE ticket_id IN ($1, $2)', [
      a.id,
      b.id,
    ]);
    expect(rows).toHaveLength(1);
  });

  it('makes no transition when one is rejected and lists every problem', async () => {
    const [a, b] = [await createTicket(app), await createTicket(app, { title: 'x', phase_id: 'DONE' })];
    const response = await bulk(
      [
        { ticket_id: a.id, to_phase: 'REQUIREMENTS' },
        { ticket_id: b.id, to_phase: 'BACKLOG' },
        { ticket_id: a.id, to_phase: 'TESTING' },
        { ticket_id: randomUUID(), to_phase: 'TESTING' },
      ],
      'atomic',
    );
    expect([response.status, response.body.code]).toEqual([422, 'bulk_refused']);
    expect(response.body.detail).toBe('3 of 4 transitions were rejected; nothing was changed.');
    expect(
      response.body.refused.map((r: { item: number; problem: { code: string; from_phase?: string } }) => [
        r.item,
        r.problem.code,
        r.problem.from_phase,
      ]),
    ).toEqual([
      [1, 'illegal_transition', 'DONE'],
      [2, 'illegal_transition', 'REQUIREMENTS'],
      [3, 'ticket_not_found', undefined],
    ]);
    expect([await phaseOf(a.id), await phaseOf(b.id)]).toEqual(['BACKLOG', 'DONE']);
  });

  it('does not block single transitions of the same tickets', async () => {
    const tickets = await Promise.all(Array.from({ length: 20 }, () => createTicket(app)));
    const toAndFro = ['BLOCKED', 'BACKLOG'];
    const singles = tickets.map(({ id }) => moveAlong(app, id, ...toAndFro, ...toAndFro));
    const bulks = Array.from({ length: 6 }, () =>
      bulk(
        tickets.toReversed().flatMap(({ id }) => toAndFro.map((to_phase) => ({ ticket_id: id, to_phase }))),
        'atomic',
      ),
    );
    const answers = await Promise.all(bulks);
    for (const { status } of answers) expect([200, 422]).toContain(status);
    await Promise.allSettled(singles);
  });
});
