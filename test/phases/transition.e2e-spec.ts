import { randomUUID } from 'node:crypto';
import type { Response } from 'supertest';
import { startTestApp, type TestApp } from '../../testkit/app';
import { createTicket, moveAlong } from '../../testkit/tickets';
import { corrupt } from '../verify/sound-tickets';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let app: TestApp;
beforeAll(async () => (app = await startTestApp()));
afterAll(() => app.close());

describe('POST /tickets/:id/transition', () => {
  it('moves the ticket and returns it with the history row', async () => {
    const ticket = await createTicket(app, { title: 'Sign in' });
    const artifacts = { pull_request: 42, 'naïve 漢字 🎟️': [1.5, null, { deep: true }] };
    const response = await app.api
      .post(`/api/v1/tickets/${ticket.id}/transition`)
      .send({ to_phase: 'REQUIREMENTS', reason: 'Agreed — “so” 🎟️', transitioned_by: 'agent-7', artifacts });
    expect(response.status).toBe(200);
    expect(response.headers['etag']).toBe('"2"');
    const at = response.body.transition.created_at;
    expect(at).toMatch(TIME);
    expect(response.body).toEqual({
      ...ticket,
      phase_id: 'REQUIREMENTS',
      previous_phase_id: 'BACKLOG',
      phase_entered_at: at,
      updated_at: at,
      transition_count: 1,
      version: 2,
      transition: {
        id: expect.stringMatching(/^[0-9a-f-]{14}7/),
        ticket_id: ticket.id,
        sequence: 1,
        from_phase: 'BACKLOG',
        to_phase: 'REQUIREMENTS',
        transition_reason: 'Agreed — “so” 🎟️',
        transitioned_by: 'agent-7',
        actor_kind: 'system',
        artifacts,
        kind: 'transition',
        version: 2,
        created_at: at,
      },
    });
    const { transition, ...after } = response.body;
    expect((await app.api.get(`/api/v1/tickets/${ticket.id}`)).body).toEqual(after);
    expect((await app.api.get(`/api/v1/tickets/${ticket.id}/phase-history`)).body).toEqual([transition]);
  });

  it('updates the previous phase', async () => {
    const { id } = await createTicket(app, { title: 'x', phase_id: 'TESTING' });
    const previous = [];
    for (const phase of ['IMPLEMENTATION', 'TESTING', 'BLOCKED', 'TESTING']) {
      previous.push((await moveAlong(app, id, phase)).previous_phase_id);
    }
    expect(previous).toEqual(['TESTING', 'IMPLEMENTATION', 'TESTING', 'BLOCKED']);
  });

  it('defaults the actor to system', async () => {
    const { id } = await createTicket(app, { title: 'x' });
    const { transition } = await moveAlong(app, id, 'BLOCKED');
    expect(transition).toMatchObject({ transitioned_by: 'system', transition_reason: null, artifacts: null });
  });

  it('rejects a transition that the workflow does not have and lists the allowed ones', async () => {
    const ticket = await createTicket(app, { title: 'x', phase_id: 'DESIGN' });
    const response = await app.api.post(`/api/v1/tickets/${ticket.id}/transition`).send({ to_phase: 'DEPLOYMENT' });
    expect(response.status).toBe(400);
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(response.body).toEqual({
      type: 'urn:phaseline:problem:illegal_transition',
      title: 'Transition not allowed',
      status: 400,
      detail:
        'The ticket is in DESIGN and cannot move to DEPLOYMENT. Allowed transitions: IMPLEMENTATION or BLOCKED. ' +
        'The shortest path to DEPLOYMENT is IMPLEMENTATION → TESTING → DEPLOYMENT.',
      instance: `/api/v1/tickets/${ticket.id}/transition`,
      code: 'illegal_transition',
      from_phase: 'DESIGN',
      to_phase: 'DEPLOYMENT',
      valid_transitions: ['IMPLEMENTATION', 'BLOCKED'],
      blockers: [],
      shortest_path: ['IMPLEMENTATION', 'TESTING', 'DEPLOYMENT'],
    });
    expect((await app.api.get(`/api/v1/tickets/${ticket.id}`)).body).toEqual(ticket);
    expect((await app.api.get(`/api/v1/tickets/${ticket.id}/phase-history`)).body).toEqual([]);
  });

  it.each([
    ['DESIGN', /^The ticket is already in DESIGN\. Allowed transitions: IMPLEMENTATION or BLOCKED\.$/],
    ['testing', /^The ticket is in DESIGN, and its workflow has no phase testing\. Did you mean TESTING\? Allowed/],
    ['QA', /^The ticket is in DESIGN, and its workflow has no phase QA\. Allowed transitions: /],
  ])('explains why a transition from DESIGN to %s is rejected', async (to_phase, detail) => {
    const { id } = await createTicket(app, { title: 'x', phase_id: 'DESIGN' });
    const { status, body } = await app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase });
    expect([status, body.code, body.detail]).toEqual([400, 'illegal_transition', expect.stringMatching(detail)]);
  });

  it('lets a blocked ticket resume only in a phase that it had reached', async () => {
    const { id } = await createTicket(app, { title: 'x', phase_id: 'DESIGN' });
    await moveAlong(app, id, 'BLOCKED');
    const skip = await app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase: 'TESTING' });
    expect(skip.status).toBe(400);
    expect(skip.body).toMatchObject({
      code: 'illegal_transition',
      valid_transitions: ['BACKLOG', 'REQUIREMENTS', 'DESIGN'],
      blockers: [{ code: 'resume_rule' }],
      shortest_path: ['DESIGN', 'IMPLEMENTATION', 'TESTING'],
    });
    await moveAlong(app, id, 'DESIGN', 'IMPLEMENTATION');
  });

  it.each(['DESIGN', 'nowhere', '🎟️', 'x'.repeat(50), '__proto__', 'constructor'])(
    'takes any text for a phase, and refuses %j as a move',
    async (to_phase) => {
      const { id } = await createTicket(app, { title: 'x', phase_id: 'DESIGN' });
      const { status, body } = await app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase });
      expect([status, body.code, body.to_phase]).toEqual([400, 'illegal_transition', to_phase]);
    },
  );

  it('returns 404 for an unknown ticket', async () => {
    const id = randomUUID();
    const response = await app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase: 'DESIGN' });
    expect([response.status, response.body.code]).toEqual([404, 'ticket_not_found']);
  });

  it('rejects an archived ticket before it judges the transition', async () => {
    const { id } = await createTicket(app, { title: 'x' });
    await app.api.delete(`/api/v1/tickets/${id}`).expect(204);
    for (const to_phase of ['REQUIREMENTS', 'DONE']) {
      const { status, body } = await app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase });
      expect([status, body.code]).toEqual([409, 'ticket_archived']);
      expect(body.archived_at).toMatch(TIME);
    }
  });

  it('leaves the ticket unchanged when its history cannot be written', async () => {
    const ticket = await createTicket(app, { title: 'x' });
    await app.database.query(`ALTER TABLE phase_history ADD CONSTRAINT broken CHECK (transitioned_by <> 'nobody')`);
    const failed = await app.api
      .post(`/api/v1/tickets/${ticket.id}/transition`)
      .send({ to_phase: 'REQUIREMENTS', transitioned_by: 'nobody' });
    expect([failed.status, failed.body.code]).toEqual([500, 'internal_error']);
    expect(failed.body.error_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.stringify(failed.body)).not.toMatch(/broken|CHECK|phase_history/);
    expect((await app.api.get(`/api/v1/tickets/${ticket.id}`)).body).toEqual(ticket);
    await app.database.query('ALTER TABLE phase_history DROP CONSTRAINT broken');
    await moveAlong(app, ticket.id, 'REQUIREMENTS');
  });

  it('never lets the times of a ticket decrease, even when the clock is set back', async () => {
    const { id } = await createTicket(app, { title: 'x' });
    await corrupt(app.database, `UPDATE tickets SET phase_entered_at = '2100-01-01T00:00:00Z' WHERE id = '${id}'`);
    const { transition } = await moveAlong(app, id, 'REQUIREMENTS', 'DESIGN');
    expect(transition.created_at).toBe('2100-01-01T00:00:00.000Z');
  });
});

describe('GET /tickets/:id/phase-history', () => {
  it('is empty for a new ticket', async () => {
    const { id } = await createTicket(app, { title: 'x' });
    const response = await app.api.get(`/api/v1/tickets/${id}/phase-history`);
    expect([response.status, response.body, response.headers['link']]).toEqual([200, [], undefined]);
  });

  it('lists the transitions in order, page by page, in both directions', async () => {
    const { id } = await createTicket(app, { title: 'x' });
    const path = ['BLOCKED', 'BACKLOG', 'REQUIREMENTS', 'DESIGN', 'IMPLEMENTATION', 'TESTING', 'IMPLEMENTATION'];
    await moveAlong(app, id, ...path);
    const { body: all } = await app.api.get(`/api/v1/tickets/${id}/phase-history`);
    expect(all.map((row: { to_phase: string }) => row.to_phase)).toEqual(path);
    expect(all.map((row: { sequence: number }) => row.sequence)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(all.map((row: { from_phase: string }) => row.from_phase)).toEqual(['BACKLOG', ...path.slice(0, -1)]);
    for (const order of ['asc', 'desc']) {
      const walked = await followLinks(`/api/v1/tickets/${id}/phase-history?order=${order}&limit=3`);
      expect(walked.pages).toEqual([3, 3, 1]);
      expect(walked.rows).toEqual(order === 'asc' ? all : all.toReversed());
    }
  });

  it('returns 404 for an unknown ticket', async () => {
    const response = await app.api.get(`/api/v1/tickets/${randomUUID()}/phase-history`);
    expect([response.status, response.body.code]).toEqual([404, 'ticket_not_found']);
  });
});

describe('GET /tickets/:id/valid-transitions', () => {
  it('lists every transition in the order of the workflow', async () => {
    const { id } = await createTicket(app, { title: 'x', phase_id: 'TESTING' });
    const response = await app.api.get(`/api/v1/tickets/${id}/valid-transitions`);
    expect(response.body).toEqual({
      ticket_id: id,
      current_phase: 'TESTING',
      version: 1,
      valid_transitions: ['DEPLOYMENT', 'IMPLEMENTATION', 'BLOCKED'],
      transitions: ['DEPLOYMENT', 'IMPLEMENTATION', 'BLOCKED'].map((to_phase) => ({
        to_phase,
        allowed: true,
        blockers: [],
      })),
    });
  });

  it('lists the transitions that the resume rule blocks, with the reason', async () => {
    const { id } = await createTicket(app, { title: 'x', phase_id: 'REQUIREMENTS' });
    await moveAlong(app, id, 'BLOCKED');
    const { body } = await app.api.get(`/api/v1/tickets/${id}/valid-transitions`);
    expect(body.valid_transitions).toEqual(['BACKLOG', 'REQUIREMENTS']);
    expect(body.transitions.map((t: { allowed: boolean }) => t.allowed)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(body.transitions[2]).toEqual({
      to_phase: 'DESIGN',
      allowed: false,
      blockers: [
        {
          code: 'resume_rule',
          message:
            'The ticket entered BLOCKED from REQUIREMENTS and can resume only in that phase or an earlier one, not in DESIGN.',
        },
      ],
    });
  });

  it('returns no allowed transition for an archived ticket and in a terminal phase', async () => {
    const { id } = await createTicket(app, { title: 'x' });
    await app.api.delete(`/api/v1/tickets/${id}`);
    const archived = await app.api.get(`/api/v1/tickets/${id}/valid-transitions`);
    expect(archived.body.valid_transitions).toEqual([]);
    expect(archived.body.transitions[0].blockers[0].code).toBe('ticket_archived');
    const done = await createTicket(app, { title: 'x', phase_id: 'DONE' });
    const terminal = await app.api.get(`/api/v1/tickets/${done.id}/valid-transitions`);
    expect([terminal.body.valid_transitions, terminal.body.transitions]).toEqual([[], []]);
  });

  it('returns 404 for an unknown ticket', async () => {
    const response = await app.api.get(`/api/v1/tickets/${randomUUID()}/valid-transitions`);
    expect([response.status, response.body.code]).toEqual([404, 'ticket_not_found']);
  });
});

describe('GET /phases', () => {
  it('returns the built-in workflow', async () => {
    const { body } = await app.api.get('/api/v1/phases');
    expect(body.sequence).toHaveLength(7);
    expect(body.phases).toHaveLength(8);
    expect(body.phases[4]).toEqual({
      id: 'TESTING',
      terminal: false,
      transitions: ['DEPLOYMENT', 'IMPLEMENTATION', 'BLOCKED'],
    });
    expect(body.phases.filter((phase: { terminal: boolean }) => phase.terminal)).toEqual([
      { id: 'DONE', terminal: true, transitions: [] },
    ]);
  });

  it('returns exactly the transitions that the database accepts', async () => {
    const { body } = await app.api.get('/api/v1/phases');
    const edges = body.phases.flatMap((phase: { id: string; transitions: string[] }) =>
      phase.transitions.map((to) => `${phase.id} ${to}`),
    );
    const rows = await app.database.query<{ from_phase: string; to_phase: string }>('SELECT * FROM graph_edges');
    expect(edges.sort()).toEqual(rows.map((row) => `${row.from_phase} ${row.to_phase}`).sort());
  });
});

async function followLinks(first: string): Promise<{ rows: unknown[]; pages: number[] }> {
  const rows: unknown[] = [];
  const pages: number[] = [];
  for (let url: string | undefined = first; url !== undefined;) {
    const response: Response = await app.api.get(url).expect(200);
    rows.push(...response.body);
    pages.push(response.body.length);
    url = /^<(.+)>; rel="next"$/.exec(response.headers['link'] ?? '')?.[1];
  }
  return { rows, pages };
}
