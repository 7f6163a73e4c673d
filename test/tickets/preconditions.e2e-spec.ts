import { startTestApp, type TestApp } from '../../testkit/app';
import { createTicket, moveAlong } from '../../testkit/tickets';

let app: TestApp;
beforeAll(async () => (app = await startTestApp()));
afterAll(() => app.close());

const COMMANDS = {
  edit: (id: string) => app.api.patch(`/api/v1/tickets/${id}`).send({ title: 'other' }),
  archive: (id: string) => app.api.delete(`/api/v1/tickets/${id}`),
  restore: (id: string) => app.api.post(`/api/v1/tickets/${id}/restore`),
  move: (id: string) => app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase: 'DESIGN' }),
};

const versionOf = async (id: string) => (await app.api.get(`/api/v1/tickets/${id}`)).body.version as number;

describe('If-Match', () => {
  describe.each(Object.entries(COMMANDS))('on %s', (_, command) => {
    it('allows the command if it lists the version of the ticket', async () => {
      const { id } = await createTicket(app, { title: 'x', phase_id: 'REQUIREMENTS' });
      for (const header of ['"1"', '*', '"7", "1"', 'W/"1","1"', '"7",, "1",']) {
        const version = await versionOf(id);
        if (version > 1) break;
        expect((await command(id).set('if-match', header)).status).toBeLessThan(300);
      }
    });

    it('rejects another version, lists the changes since, and changes nothing', async () => {
      const { id } = await createTicket(app, { title: 'x' });
      await app.api
        .post(`/api/v1/tickets/${id}/transition`)
        .send({ to_phase: 'REQUIREMENTS', reason: 'agreed', transitioned_by: 'agent-1' })
        .expect(200);
      await app.api.patch(`/api/v1/tickets/${id}`).send({ priority: 'HIGH' }).expect(200);
      const { status, body } = await command(id).set('if-match', '"1"');
      expect([status, body.code]).toEqual([412, 'precondition_failed']);
      expect(body.detail).toBe('The ticket is in REQUIREMENTS at version 3; If-Match requires "1".');
      expect(body.current).toEqual({ phase: 'REQUIREMENTS', version: 3 });
      const ticket = { project: 'default', ticket_id: id };
      const who = { ...ticket, actor: 'system', actor_kind: 'system', at: expect.any(String) };
      const how = { from_phase: 'BACKLOG', to_phase: 'REQUIREMENTS', kind: 'transition', transition_reason: 'agreed' };
      expect(body.changes_since).toEqual([
        { ...who, version: 2, type: 'ticket.moved', actor: 'agent-1', sequence: 1, ...how, transitioned_by: 'agent-1' },
        { ...who, version: 3, type: 'ticket.edited', changes: { priority: 'HIGH' } },
      ]);
      expect(await versionOf(id)).toBe(3);
    });

    it.each([
      ['W/"1"', 'W/"1" (a weak tag never matches)'],
      ['"1-old"', '"1-old"'],
      ['"01"', '"01"'],
      ['"2147483648"', '"2147483648"'],
      ['"9999999999"', '"9999999999"'],
      ['"99", , W/"1"', '"99" or W/"1" (a weak tag never matches)'],
    ])('rejects %s, which matches no version', async (header, asked) => {
      const { id } = await createTicket(app, { title: 'x', phase_id: 'REQUIREMENTS' });
      const { status, body } = await command(id).set('if-match', header);
      expect([status, body.code, body.changes_since]).toEqual([412, 'precondition_failed', []]);
      expect(body.detail).toBe(`The ticket is in REQUIREMENTS at version 1; If-Match requires ${asked}.`);
      expect(await versionOf(id)).toBe(1);
    });

    it('lists the changes since the version of a weak tag', async () => {
      const { id } = await createTicket(app);
      await moveAlong(app, id, 'REQUIREMENTS');
      const { status, body } = await command(id).set('if-match', 'W/"1"');
      expect([status, body.changes_since]).toEqual([412, [expect.objectContaining({ version: 2 })]]);
    });

    it.each(['1', '"1', '"1" "2"', ','])('rejects %s, which is not an entity tag', async (header) => {
      const { id } = await createTicket(app);
      const { status, body } = await command(id).set('if-match', header);
      expect([status, body.code]).toEqual([400, 'validation_failed']);
      expect(body.errors[0]).toMatchObject({ in: 'header', pointer: '/if-match' });
    });

    it('is not checked for a ticket that does not exist', async () => {
      const { status } = await command('0192f0c4-7c1e-7d3a-8a4e-2f6f3c1b9a55').set('if-match', '"1"');
      expect(status).toBe(404);
    });
  });

  it.each([
    ['POST', '/api/v1/tickets', { title: 'x' }],
    ['POST', '/api/v1/transitions', { items: [] }],
    ['POST', '/api/v1/projects', { key: 'x', title: 'x' }],
    ['POST', '/api/v1/workflows', {}],
  ])('is rejected by operations without preconditions: %s %s', async (_, path, body) => {
    const answer = await app.api.post(path).set('if-match', '"1"').send(body);
    expect([answer.status, answer.body.code]).toEqual([400, 'validation_failed']);
    expect(answer.body.errors[0]).toMatchObject({ in: 'header', pointer: '/if-match' });
  });

  it('is checked before the archived ticket and the illegal transition are', async () => {
    const { id } = await createTicket(app);
    await app.api.delete(`/api/v1/tickets/${id}`).expect(204);
    const { body } = await COMMANDS.move(id).set('if-match', '"1"');
    expect(body.code).toBe('precondition_failed');
  });
});

describe('If-None-Match', () => {
  it('returns 304 for a version that the client has', async () => {
    const { id } = await createTicket(app);
    for (const header of ['"1"', 'W/"1"', '*', '"3", "1"']) {
      const { status, headers, text } = await app.api.get(`/api/v1/tickets/${id}`).set('if-none-match', header);
      expect([status, headers['etag'], text]).toEqual([304, '"1"', '']);
    }
    await app.api.get(`/api/v1/tickets/${id}`).set('if-none-match', '"2"').expect(200);
    await app.api.get(`/api/v1/tickets/${id}`).set('if-none-match', 'nonsense').expect(400);
  });
});

describe('expected_version and expected_phase', () => {
  const move = (id: string, more: object) =>
    app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase: 'REQUIREMENTS', ...more });

  it('allow a transition if both hold', async () => {
    const { id } = await createTicket(app);
    await move(id, { expected_version: 1, expected_phase: 'BACKLOG' }).expect(200);
  });

  it.each([1.5, 0, -1, 2 ** 31, '1', true])('are rejected if the version is %j', async (expected_version) => {
    const { id } = await createTicket(app);
    const { status, body } = await move(id, { expected_version });
    expect([status, body.errors?.[0].pointer]).toEqual([400, '/expected_version']);
  });

  it('reject a transition that expects an older version', async () => {
    const { id } = await createTicket(app);
    await moveAlong(app, id, 'BLOCKED');
    const { status, body } = await move(id, { expected_version: 1 });
    expect([status, body.code, body.current]).toEqual([409, 'version_conflict', { phase: 'BLOCKED', version: 2 }]);
    expect(body.changes_since).toMatchObject([{ version: 2, from_phase: 'BACKLOG', to_phase: 'BLOCKED' }]);
  });

  it('reject a transition that expects another phase, and list the changes since the ticket left it', async () => {
    const { id } = await createTicket(app);
    await moveAlong(app, id, 'REQUIREMENTS', 'DESIGN', 'IMPLEMENTATION');
    const { status, body } = await move(id, { expected_phase: 'REQUIREMENTS' });
    expect([status, body.code]).toEqual([409, 'version_conflict']);
    expect(body.changes_since.map((change: { to_phase: string }) => change.to_phase)).toEqual([
      'DESIGN',
      'IMPLEMENTATION',
    ]);
    const never = await move(id, { expected_phase: 'DONE' });
    expect(never.body.changes_since).toHaveLength(4);
  });

  it('are checked for each item of a bulk after the items before it', async () => {
    const { id } = await createTicket(app);
    const item = (to_phase: string, expected_version: number) => ({ ticket_id: id, to_phase, expected_version });
    const items = [item('REQUIREMENTS', 1), item('DESIGN', 1), item('DESIGN', 2)];
    const { body } = await app.api.post('/api/v1/transitions').send({ items }).expect(200);
    expect(body.results.map((result: { status: string }) => result.status)).toEqual(['ok', 'refused', 'ok']);
    expect(body.results[1].problem).toMatchObject({
      code: 'version_conflict',
      current: { phase: 'REQUIREMENTS', version: 2 },
      changes_since: [{ version: 2, to_phase: 'REQUIREMENTS' }],
    });
    const atomic = await app.api
      .post('/api/v1/transitions')
      .send({ mode: 'atomic', items: [item('IMPLEMENTATION', 1)] });
    expect(atomic.body.refused[0].problem).toMatchObject({ code: 'version_conflict', current: { version: 3 } });
  });

  describe.each([
    ['with shared transactions', false],
    ['with a transaction of its own', true],
  ])('in a bulk %s', (_, isKeyed) => {
    it.each([
      ['by a version', { expected_version: 2 }, [3, 4]],
      ['by a phase that the bulk left', { expected_phase: 'REQUIREMENTS' }, [3, 4]],
      ['by a phase that was left before', { expected_phase: 'BACKLOG' }, [2, 3, 4]],
      ['by a phase that it never was in', { expected_phase: 'DONE' }, [1, 2, 3, 4]],
    ])('list the changes before and in the bulk to a caller who knows the ticket %s', async (_, expects, versions) => {
      const { id } = await createTicket(app);
      await moveAlong(app, id, 'REQUIREMENTS');
      const items = [
        { ticket_id: id, to_phase: 'DESIGN', reason: 'agreed', transitioned_by: 'agent-1' },
        { ticket_id: id, to_phase: 'IMPLEMENTATION' },
        { ticket_id: id, to_phase: 'TESTING', ...expects },
      ];
      const headers = isKeyed ? { 'idempotency-key': id } : {};
      const send = () => app.api.post('/api/v1/transitions').set(headers).send({ items });
      const { body, text } = await send().expect(200);
      const { problem } = body.results[2];
      expect([problem.code, problem.current]).toEqual(['version_conflict', { phase: 'IMPLEMENTATION', version: 4 }]);
      const listed = problem.changes_since as { version: number }[];
      expect(listed.map(({ version }) => version)).toEqual(versions);
      const fresh = await app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase: 'TESTING', ...expects });
      expect(listed).toEqual(fresh.body.changes_since);
      if (isKeyed) expect((await send()).text).toBe(text);
    });
  });

  it('return the stored state of the ticket when an atomic bulk is rejected', async () => {
    const { id } = await createTicket(app);
    await moveAlong(app, id, 'REQUIREMENTS');
    const items = [
      { ticket_id: id, to_phase: 'DESIGN' },
      { ticket_id: id, to_phase: 'IMPLEMENTATION', expected_version: 1 },
      { ticket_id: id, to_phase: 'DONE' },
    ];
    const { status, body } = await app.api.post('/api/v1/transitions').send({ mode: 'atomic', items });
    expect([status, body.refused.map(({ item }: { item: number }) => item)]).toEqual([422, [1, 2]]);
    const [stale, illegal] = body.refused.map(({ problem }: { problem: object }) => problem);
    expect(stale).toMatchObject({
      detail:
        'Judged after earlier transitions of this request, none of which was made: ' +
        'The ticket is in DESIGN at version 3; expected version 1.',
      current: { phase: 'REQUIREMENTS', version: 2 },
      judged_at: { phase: 'DESIGN', version: 3 },
      changes_since: [{ version: 2, to_phase: 'REQUIREMENTS' }],
    });
    expect([illegal.from_phase, illegal.judged_at]).toEqual(['DESIGN', { phase: 'DESIGN', version: 3 }]);
    expect(illegal.detail).toMatch(
      /^Judged after earlier transitions of this request, none of which was made: The ticket is in DESIGN and cannot move to DONE\./,
    );
    expect(await versionOf(id)).toBe(2);
  });

  it('list no change that follows in the same bulk', async () => {
    const { id } = await createTicket(app);
    const items = [
      { ticket_id: id, to_phase: 'DESIGN', expected_phase: 'REQUIREMENTS' },
      { ticket_id: id, to_phase: 'REQUIREMENTS' },
      { ticket_id: id, to_phase: 'DESIGN' },
    ];
    const { body } = await app.api.post('/api/v1/transitions').send({ items }).expect(200);
    expect(body.results[0].problem).toMatchObject({
      current: { phase: 'BACKLOG', version: 1 },
      changes_since: [{ version: 1, type: 'ticket.created' }],
    });
  });

  describe('for a ticket with long texts', () => {
    const long = '🎟'.repeat(99_000);
    let id: string;
    beforeAll(async () => {
      id = (await createTicket(app, { title: 'x', description: long })).id;
      for (let i = 0; i < 40; i++) {
        const reason = 'r'.repeat(i === 39 ? 5_000 : 900);
        const to_phase = i % 2 === 0 ? 'BLOCKED' : 'BACKLOG';
        await app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase, reason }).expect(200);
        await app.api
          .patch(`/api/v1/tickets/${id}`)
          .send({ description: `${i}${long}` })
          .expect(200);
      }
    });

    it('cut the texts, and list no more changes than fit', async () => {
      const { body, text } = await move(id, { expected_version: 1 });
      expect(body.changes_since.at(-1)).toMatchObject({
        version: 81,
        changes: { description: `39${'🎟'.repeat(998)}…` },
      });
      expect(body.changes_since.at(-2).transition_reason).toBe(`${'r'.repeat(1_000)}…`);
      expect([body.changes_omitted, Buffer.byteLength(text) < 66_000]).toEqual([true, true]);
      expect(body.changes_since.length).toBeGreaterThan(10);
    });

    it.each([{}, { 'idempotency-key': 'long-texts' }])('list few changes for many items, with %j', async (headers) => {
      const stale = { ticket_id: id, to_phase: 'REQUIREMENTS', expected_version: 1 };
      const items = Array.from({ length: 300 }, () => stale);
      const { body, text } = await app.api.post('/api/v1/transitions').set(headers).send({ items }).expect(200);
      expect(Buffer.byteLength(text)).toBeLessThan(1_400_000);
      const problems = body.results.map(({ problem }: { problem: object }) => problem);
      expect(problems.at(-1)).toMatchObject({ changes_since: [], changes_omitted: true, current: { version: 81 } });
    });
  });

  it('return changes_omitted if older changes are left out', async () => {
    const { id } = await createTicket(app);
    const toAndFro = Array.from({ length: 101 }, (_, i) => ({
      ticket_id: id,
      to_phase: i % 2 === 0 ? 'BLOCKED' : 'BACKLOG',
    }));
    await app.api.post('/api/v1/transitions').send({ items: toAndFro.slice(0, 100) });
    const whole = (await move(id, { expected_version: 1 })).body;
    expect([whole.changes_since.length, whole.changes_omitted]).toEqual([100, undefined]);
    await app.api.post('/api/v1/transitions').send({ items: toAndFro.slice(100) });
    const cut = (await move(id, { expected_version: 1 })).body;
    expect([cut.changes_since.length, cut.changes_since[0].version, cut.changes_omitted]).toEqual([100, 3, true]);
  });

  it('let exactly one of many callers through', async () => {
    const { id } = await createTicket(app);
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        move(id, { to_phase: i % 2 === 0 ? 'BLOCKED' : 'REQUIREMENTS', expected_version: 1 }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 11 }, () => 409)]);
  });
});
