import { startTestApp, type TestApp } from '../../testkit/app';
import { createTicket } from '../../testkit/tickets';
import { CHORES, defineWorkflow } from '../../testkit/workflows';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await defineWorkflow(app);
});
afterAll(() => app.close());

const chore = (more: object = {}) => createTicket(app, { title: 'Sweep', workflow: 'chores', ...more });
const move = (id: string, body: object) => app.api.post(`/api/v1/tickets/${id}/transition`).send(body);
const optionsOf = async (id: string) => (await app.api.get(`/api/v1/tickets/${id}/valid-transitions`)).body;

describe('a ticket of a workflow', () => {
  it('begins in the first initial phase, or in the phase of the request', async () => {
    expect(await chore()).toMatchObject({ workflow: 'chores', workflow_version: 1, phase_id: 'open' });
    expect(await chore({ phase_id: 'triaged' })).toMatchObject({ phase_id: 'triaged' });
    expect(await createTicket(app)).toMatchObject({ workflow: 'sdlc', workflow_version: 1, phase_id: 'BACKLOG' });
  });

  it.each([
    ['chores', 'doing', 'must be one of open, triaged; got "doing"'],
    ['chores', 'BACKLOG', 'must be one of open, triaged; got "BACKLOG"'],
    ['sdlc', 'open', /^must be one of BACKLOG, .*, DONE; got "open"$/],
    ['sdlc', 'BLOCKED', /^must be one of BACKLOG, .*, DONE; got "BLOCKED"$/],
  ])('of %s does not begin in %s', async (workflow, phase_id, detail) => {
    const { status, body } = await app.api.post('/api/v1/tickets').send({ title: 'x', workflow, phase_id });
    expect([status, body.code]).toEqual([400, 'validation_failed']);
    const expected = typeof detail === 'string' ? detail : expect.stringMatching(detail);
    expect(body.errors).toEqual([{ in: 'body', pointer: '/phase_id', detail: expected }]);
  });

  it.each([
    [{ workflow: 'nothing' }, 'Workflow "nothing" does not exist.'],
    [{ workflow: 'chores', workflow_version: 9 }, 'Version 9 of workflow "chores" does not exist.'],
    [{ workflow_version: 2 }, 'Version 2 of workflow "sdlc" does not exist.'],
  ])('is not made under %j', async (more, detail) => {
    const { status, body } = await app.api.post('/api/v1/tickets').send({ title: 'x', ...more });
    expect([status, body.code, body.detail]).toEqual([404, 'workflow_not_found', detail]);
  });

  it('keeps its version when the workflow gets a newer one', async () => {
    const old = await createTicket(app, { title: 'x', workflow: await pinned(['open', 'done']) });
    const version = await defineWorkflow(app, pinnedDefinition(['open', 'doing', 'done']));
    const young = await createTicket(app, { title: 'x', workflow: 'pinned' });
    const chosen = await createTicket(app, { title: 'x', workflow: 'pinned', workflow_version: 1 });
    expect([version, old.workflow_version, young.workflow_version, chosen.workflow_version]).toEqual([2, 1, 2, 1]);
    expect((await optionsOf(old.id)).valid_transitions).toEqual(['done']);
    expect((await optionsOf(young.id)).valid_transitions).toEqual(['doing']);
    expect((await move(old.id, { to_phase: 'done' })).body).toMatchObject({ workflow_version: 1, phase_id: 'done' });
    expect((await move(young.id, { to_phase: 'done' })).body).toMatchObject({
      code: 'illegal_transition',
      shortest_path: ['doing', 'done'],
    });
  });

  it('replays the creation even if the latest version would reject it', async () => {
    const body = { title: 'x', workflow: 'again', phase_id: 'a' };
    const create = () => app.api.post('/api/v1/tickets').set('idempotency-key', 'created-once').send(body);
    await defineWorkflow(app, { ...pinnedDefinition(['a', 'b']), key: 'again' });
    const first = await create().expect(201);
    await defineWorkflow(app, { ...pinnedDefinition(['b', 'a']), key: 'again' });
    const second = await create().expect(201);
    expect([second.text, second.headers['idempotent-replayed']]).toEqual([first.text, 'true']);
    const { body: problem } = await app.api.post('/api/v1/tickets').set('idempotency-key', 'another').send(body);
    expect(problem.code).toBe('validation_failed');
  });

  it('lists the requirements of its transitions and rejects a transition that does not meet them', async () => {
    const { id } = await chore({ phase_id: 'triaged' });
    await move(id, { to_phase: 'doing' }).expect(200);
    const { valid_transitions, transitions } = await optionsOf(id);
    expect(valid_transitions).toEqual(['open']);
    const reason = { code: 'reason_required', message: expect.stringContaining('`reason`') };
    const artifacts = { code: 'artifacts_required', message: expect.stringContaining('`artifacts`') };
    expect(transitions).toEqual([
      { to_phase: 'auf Eis 🧊', allowed: false, blockers: [reason] },
      { to_phase: 'open', allowed: true, blockers: [] },
      { to_phase: 'done', allowed: false, blockers: [reason, artifacts] },
      { to_phase: 'dropped', allowed: false, blockers: [reason] },
    ]);
    for (const [brought, blockers] of [
      [{}, [reason, artifacts]],
      [{ reason: ' \n' }, [reason, artifacts]],
      [{ reason: 'Swept' }, [artifacts]],
      [{ reason: 'Swept', artifacts: {} }, [artifacts]],
      [{ reason: '', artifacts: { dust: 1 } }, [reason]],
    ] as const) {
      const { status, body } = await move(id, { to_phase: 'done', ...brought });
      expect([status, body.code, body.blockers]).toEqual([422, 'guard_failed', blockers]);
      expect(body).toMatchObject({ from_phase: 'doing', to_phase: 'done' });
    }
    await move(id, { to_phase: 'done', reason: 'Swept', artifacts: { dust: 1 } }).expect(200);
    expect((await app.api.get(`/api/v1/tickets/${id}/phase-history`)).body).toHaveLength(2);
  });

  it('lists in a rejection the transitions that have requirements', async () => {
    const { id } = await chore({ phase_id: 'triaged' });
    await move(id, { to_phase: 'doing' });
    const { body } = await move(id, { to_phase: 'triaged' });
    expect(body).toMatchObject({
      code: 'illegal_transition',
      valid_transitions: ['open'],
      shortest_path: ['auf Eis 🧊', 'triaged'],
    });
    expect(body.detail).toContain('Allowed transitions: open, auf Eis 🧊 or done or dropped (with requirements).');
  });

  it('resumes only to phases that it had reached', async () => {
    const { id } = await chore({ phase_id: 'triaged' });
    await move(id, { to_phase: 'doing' });
    await move(id, { to_phase: 'auf Eis 🧊', reason: 'Winter' }).expect(200);
    expect((await optionsOf(id)).valid_transitions).toEqual(['doing', 'triaged']);
    expect((await move(id, { to_phase: 'done' })).body).toMatchObject({
      code: 'illegal_transition',
      blockers: [{ code: 'resume_rule' }],
    });
  });

  it('moves in one bulk request with tickets of other workflows', async () => {
    const [one, two] = [await chore(), await createTicket(app)];
    const items = [
      { ticket_id: one.id, to_phase: 'triaged' },
      { ticket_id: two.id, to_phase: 'REQUIREMENTS' },
      { ticket_id: one.id, to_phase: 'REQUIREMENTS' },
      { ticket_id: one.id, to_phase: 'doing' },
      { ticket_id: one.id, to_phase: 'dropped' },
    ];
    const { body } = await app.api.post('/api/v1/transitions').send({ items }).expect(200);
    expect(body.results.map((r: { problem?: { code: string } }) => r.problem?.code ?? 'ok')).toEqual([
      'ok',
      'ok',
      'illegal_transition',
      'ok',
      'guard_failed',
    ]);
  });

  it('is judged by another process that has not loaded its workflow version', async () => {
    const other = await startTestApp(app.database);
    try {
      await defineWorkflow(app, { ...CHORES, key: 'elsewhere' });
      const tickets = await Promise.all(
        Array.from({ length: 8 }, () => createTicket(app, { title: 'x', workflow: 'elsewhere' })),
      );
      const answers = await Promise.all(
        tickets.map(({ id }) => other.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase: 'triaged' })),
      );
      expect(answers.map(({ status, body }) => [status, body.workflow])).toEqual(tickets.map(() => [200, 'elsewhere']));
    } finally {
      await other.close();
    }
  });
});

describe('GET /phases', () => {
  it('returns the phases of the latest version of a workflow, or of another version', async () => {
    const { body } = await app.api.get('/api/v1/phases?workflow=chores').expect(200);
    expect(body.sequence).toEqual(['open', 'triaged', 'doing', 'done', 'dropped']);
    expect(body.phases[2]).toEqual({
      id: 'doing',
      terminal: false,
      transitions: ['auf Eis 🧊', 'open', 'done', 'dropped'],
    });
    await defineWorkflow(app, pinnedDefinition(['a', 'b']));
    await defineWorkflow(app, pinnedDefinition(['a', 'b', 'c']));
    const sequenceOf = async (query: string) =>
      (await app.api.get(`/api/v1/phases?workflow=pinned${query}`)).body.sequence;
    const newest = (await app.api.get('/api/v1/workflows/pinned')).body.version;
    expect(await sequenceOf('')).toEqual(['a', 'b', 'c']);
    expect(await sequenceOf(`&version=${newest - 1}`)).toEqual(['a', 'b']);
    expect((await app.api.get('/api/v1/phases?workflow=chores&version=5')).body.code).toBe('workflow_not_found');
  });
});

describe('GET /tickets', () => {
  it('lists the tickets of all versions of a workflow', async () => {
    const key = 'filtered';
    await defineWorkflow(app, { ...CHORES, key });
    const one = await createTicket(app, { title: 'one', workflow: key });
    await defineWorkflow(app, { ...CHORES, key, title: 'Two' });
    const two = await createTicket(app, { title: 'two', workflow: key });
    await createTicket(app);
    const listed = async (query: string) =>
      (await app.api.get(`/api/v1/tickets?workflow=${key}${query}`)).body.map((ticket: { id: string }) => ticket.id);
    expect(await listed('&sort=created_at')).toEqual([one.id, two.id]);
    expect(await listed('&phase=doing')).toEqual([]);
    expect((await app.api.get('/api/v1/tickets?workflow=nothing')).body.code).toBe('workflow_not_found');
  });
});

/** Defines a version of `pinned` whose phases follow one another, and gives the key. */
async function pinned(phases: readonly string[]): Promise<string> {
  await defineWorkflow(app, pinnedDefinition(phases));
  return 'pinned';
}

function pinnedDefinition(phases: readonly string[]): object {
  return {
    key: 'pinned',
    title: 'Pinned',
    initial: [phases[0]],
    phases: phases.map((id, i) => ({ id, category: i === phases.length - 1 ? 'done' : 'active' })),
    transitions: phases.slice(1).map((to, i) => ({ from: phases[i], to })),
  };
}
