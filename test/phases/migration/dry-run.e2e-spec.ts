import { randomUUID } from 'node:crypto';
import { startTestApp, type TestApp } from '../../../testkit/app';
import { createChores, type ChoresStanding } from '../../../testkit/chores';
import { LATER_CHORES, PLAN } from '../../../testkit/migrations';
import { moveAlong } from '../../../testkit/tickets';
import { defineWorkflow } from '../../../testkit/workflows';

/** Tickets by their standing. */
const COUNTS: Readonly<Record<ChoresStanding, number>> = {
  open: 4,
  triaged: 0,
  doing: 3,
  paused: 2,
  done: 1,
  dropped: 5,
  archived: 2,
};

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await defineWorkflow(app);
  for (const [standing, count] of Object.entries(COUNTS)) await createChores(app, standing as ChoresStanding, count);
  await defineWorkflow(app, LATER_CHORES);
  await moveAlong(app, (await app.api.post('/api/v1/tickets').send({ title: 'of sdlc' })).body.id, 'BLOCKED');
});
afterAll(() => app.close());

const dryRun = (plan: object) => app.api.post('/api/v1/workflows/chores/migrations').send({ ...plan, dry_run: true });

describe('A dry run of a migration', () => {
  let before: unknown;
  beforeAll(async () => (before = await everything()));
  afterAll(async () => expect(await everything()).toEqual(before));

  it('returns the number of tickets in each phase and the phase that they are mapped to', async () => {
    const { status, body } = await dryRun(PLAN);
    expect([status, body]).toEqual([
      200,
      {
        dry_run: true,
        from_version: 1,
        to_version: 2,
        tickets: 17,
        phases: [
          { from: 'open', to: 'open', tickets: 6 },
          { from: 'triaged', to: 'triaged', tickets: 0 },
          { from: 'doing', to: 'building', tickets: 3 },
          { from: 'auf Eis 🧊', to: 'auf Eis 🧊', tickets: 2 },
          { from: 'done', to: 'done', tickets: 1 },
          { from: 'dropped', to: 'done', tickets: 5 },
        ],
        without_place: [],
        refused: [{ code: 'ticket_archived', tickets: 2, message: expect.stringContaining('Restore') }],
      },
    ]);
  });

  it('returns unmapped phases and counts tickets that are in one or would resume in one', async () => {
    const { status, body } = await dryRun({ from_version: 1, to_version: 2 });
    expect([status, body]).toMatchObject([
      200,
      {
        phases: [{}, {}, { from: 'doing', to: null, tickets: 3 }, {}, {}, { from: 'dropped', to: null, tickets: 5 }],
        without_place: ['doing', 'dropped'],
      },
    ]);
    const message = expect.stringContaining('Version 2 has no phase of this name');
    expect(body.refused).toHaveLength(3);
    expect(body.refused).toEqual(
      expect.arrayContaining([
        { code: 'no_place', phase: 'doing', tickets: 3 + 2, message },
        { code: 'no_place', phase: 'dropped', tickets: 5, message },
        { code: 'ticket_archived', tickets: 2, message: expect.any(String) },
      ]),
    );
  });

  it('is requested by dry_run only; a migration with unmapped phases is rejected', async () => {
    for (const mode of [{}, { dry_run: false }]) {
      const plan = { from_version: 1, to_version: 2, phases: { doing: 'building' }, ...mode };
      const { status, body } = await app.api.post('/api/v1/workflows/chores/migrations').send(plan);
      expect([status, body.code, body.findings]).toEqual([
        400,
        'workflow_invalid',
        [
          {
            severity: 'error',
            code: 'no_place',
            pointer: '/phases/dropped',
            message: 'Version 2 has no phase "dropped". Map it to a phase of that version.',
          },
        ],
      ]);
    }
  });

  it('rejects a mapping and lists every phase that its version does not have', async () => {
    const phases = { doing: 'building', QA: 'done', 'a/b~': 'open', dropped: 'dropped', open: 'nowhere' };
    for (const dry_run of [true, false]) {
      const plan = { from_version: 1, to_version: 2, phases, dry_run };
      const { status, body } = await app.api.post('/api/v1/workflows/chores/migrations').send(plan);
      expect([status, body.code, body.errors]).toEqual([
        400,
        'validation_failed',
        [
          { in: 'body', pointer: '/phases/QA', detail: 'must be a phase of version 1' },
          { in: 'body', pointer: '/phases/a~1b~0', detail: 'must be a phase of version 1' },
          { in: 'body', pointer: '/phases/dropped', detail: 'must map to a phase of version 2; got "dropped"' },
          { in: 'body', pointer: '/phases/open', detail: 'must map to a phase of version 2; got "nowhere"' },
        ],
      ]);
    }
  });

  it('is rejected for a version that does not exist', async () => {
    for (const [key, plan] of [
      ['nothing', PLAN],
      ['sdlc', PLAN],
      ['chores', { from_version: 3, to_version: 2 }],
      ['chores', { from_version: 2, to_version: 3 }],
    ] as const) {
      const { status, body } = await app.api.post(`/api/v1/workflows/${key}/migrations`).send(plan);
      expect([key, status, body.code]).toEqual([key, 404, 'workflow_not_found']);
    }
  });
});

it('returns the stored response to a dry run that is repeated with its Idempotency-Key', async () => {
  const key = randomUUID();
  const send = (plan: object) =>
    app.api.post('/api/v1/workflows/chores/migrations').set('Idempotency-Key', key).send(plan);
  const first = await send({ ...PLAN, dry_run: true }).expect(200);
  await createChores(app, 'open');
  const again = await send({ ...PLAN, dry_run: true }).expect(200);
  expect([again.headers['idempotent-replayed'], again.text]).toEqual(['true', first.text]);
  expect((await send(PLAN)).body.code).toBe('idempotency_key_reused');
  expect((await dryRun(PLAN)).body.tickets).toBe(18);
});

/** Every row that a migration could write. */
function everything(): Promise<unknown[]> {
  return app.database.query(`
    SELECT (SELECT json_agg(t ORDER BY id) FROM tickets t) AS tickets,
           (SELECT json_agg(h ORDER BY ticket_id, sequence) FROM phase_history h) AS phase_history,
           (SELECT json_agg(json_build_array(ticket_id, version) ORDER BY ticket_id, version) FROM ticket_events) AS events,
           (SELECT json_agg(g ORDER BY graph_id, from_phase, to_phase) FROM graph_edges g) AS edges,
           (SELECT count(*) FROM graphs) AS graphs, (SELECT count(*) FROM workflow_migrations) AS runs`);
}
