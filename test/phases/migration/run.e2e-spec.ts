import type { TicketDto } from '../../../src/tickets/ticket.dto';
import { verifyDatabase } from '../../../src/verify/verify-database';
import { describeOnEveryPostgres } from '../../database/every-postgres';
import { startTestApp, type TestApp } from '../../../testkit/app';
import { borrowDatabase, type TestDatabase } from '../../../testkit/database';
import { CHORES_STANDINGS, createChores, type ChoresStanding } from '../../../testkit/chores';
import { finished, LATER_CHORES, startMigration, type Migration } from '../../../testkit/migrations';
import { createTicket, moveAlong } from '../../../testkit/tickets';
import { defineWorkflow } from '../../../testkit/workflows';

/** Tickets of each standing; together they need several batches. */
const OF_EACH = 30;

/** Events of migrations, and the facts that those of changed phases have in common. */
const MIGRATED = {
  type: 'ticket.migrated',
  project: 'default',
  actor: 'system',
  actor_kind: 'system',
  changes: { workflow_version: 2 },
};
const BY_MIGRATION = { kind: 'migration', transition_reason: null, transitioned_by: 'system' };

describeOnEveryPostgres('A migration', (url) => {
  let database: TestDatabase;
  let app: TestApp;
  const ids = {} as Record<ChoresStanding, string[]>;
  let before: Map<string, TicketDto>;
  let run: Migration;

  beforeAll(async () => {
    database = await borrowDatabase(url());
    app = await startTestApp(database);
    await defineWorkflow(app);
    for (const standing of CHORES_STANDINGS) ids[standing] = await createChores(app, standing, OF_EACH);
    await defineWorkflow(app, LATER_CHORES);
    before = await readTickets();
    run = await finished(app, await startMigration(app));
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  describe('of tickets in every phase', () => {
    it('migrates every ticket that can be migrated once', async () => {
      expect(run).toEqual({
        id: expect.any(String),
        workflow: 'chores',
        from_version: 1,
        to_version: 2,
        phases: {
          open: 'open',
          triaged: 'triaged',
          doing: 'building',
          'auf Eis 🧊': 'auf Eis 🧊',
          done: 'done',
          dropped: 'done',
        },
        state: 'finished',
        tickets: 7 * OF_EACH,
        done: 6 * OF_EACH,
        moved: 2 * OF_EACH,
        kept: 4 * OF_EACH,
        skipped: OF_EACH,
        created_by: 'system',
        created_at: expect.any(String),
        finished_at: expect.any(String),
      });
      expect((await verifyDatabase(app.database.url)).findings).toEqual([]);
      const migrated = await app.database.query(`SELECT ticket_id FROM ticket_events WHERE type = 'migrated'`);
      expect(migrated.map(({ ticket_id }) => ticket_id).sort()).toEqual(
        CHORES_STANDINGS.filter((standing) => standing !== 'archived')
          .flatMap((standing) => ids[standing])
          .sort(),
      );
    });

    it('moves a ticket whose phase is mapped to another one, and writes a history row', async () => {
      for (const id of ids.doing) {
        const [old, { body: ticket }] = [before.get(id)!, await app.api.get(`/api/v1/tickets/${id}`)];
        expect(ticket).toEqual({
          ...old,
          workflow_version: 2,
          phase_id: 'building',
          previous_phase_id: 'doing',
          phase_entered_at: expect.any(String),
          transition_count: 3,
          version: old.version + 1,
          updated_at: ticket.phase_entered_at,
        });
        const { body: history } = await app.api.get(`/api/v1/tickets/${id}/phase-history`);
        expect(history.map(({ kind }: { kind: string }) => kind)).toEqual(['transition', 'transition', 'migration']);
        expect(history[2]).toEqual({
          id: expect.any(String),
          ticket_id: id,
          sequence: 3,
          from_phase: 'doing',
          to_phase: 'building',
          transition_reason: null,
          transitioned_by: 'system',
          actor_kind: 'system',
          artifacts: null,
          kind: 'migration',
          version: 4,
          created_at: ticket.phase_entered_at,
        });
      }
    });

    it('changes a ticket whose phase keeps its name without moving it', async () => {
      for (const standing of ['open', 'triaged', 'paused', 'done'] as const) {
        for (const id of ids[standing]) {
          const [old, { body: ticket }] = [before.get(id)!, await app.api.get(`/api/v1/tickets/${id}`)];
          const updated = { version: old.version + 1, updated_at: expect.any(String) };
          expect(ticket).toEqual({ ...old, ...updated, workflow_version: 2 });
          expect(ticket.updated_at >= old.updated_at).toBe(true);
        }
      }
    });

    it('does not change archived tickets', async () => {
      for (const id of ids.archived) {
        expect((await app.api.get(`/api/v1/tickets/${id}`)).body).toEqual(before.get(id));
      }
    });

    it('writes an event for each ticket', async () => {
      const newest = async (id: string) =>
        (await app.api.get(`/api/v1/tickets/${id}/events?order=desc&limit=1`)).body[0];
      const { body: moved } = await app.api.get(`/api/v1/tickets/${ids.doing[0]}`);
      expect(await newest(ids.doing[0]!)).toEqual({
        ...MIGRATED,
        ticket_id: ids.doing[0],
        version: 4,
        at: moved.phase_entered_at,
        sequence: 3,
        from_phase: 'doing',
        to_phase: 'building',
        ...BY_MIGRATION,
      });
      const { body: kept } = await app.api.get(`/api/v1/tickets/${ids.open[0]}`);
      expect(await newest(ids.open[0]!)).toEqual({
        ...MIGRATED,
        ticket_id: ids.open[0],
        version: 2,
        at: kept.updated_at,
      });
    });

    it('has later transitions judged by the new version', async () => {
      const [id = ''] = ids.doing.splice(0, 1);
      const { body } = await app.api.get(`/api/v1/tickets/${id}/valid-transitions`);
      expect(body).toMatchObject({ current_phase: 'building', valid_transitions: ['reviewing', 'auf Eis 🧊'] });
      const refusal = await app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase: 'done' });
      expect(refusal.body).toMatchObject({ code: 'illegal_transition', shortest_path: ['reviewing', 'done'] });
      await moveAlong(app, id, 'reviewing', 'done');
      expect((await verifyDatabase(app.database.url)).findings).toEqual([]);
    });

    it('lets a waiting ticket resume in the phase that its resume phase maps to', async () => {
      const [id = ''] = ids.paused.splice(0, 1);
      const { body } = await app.api.get(`/api/v1/tickets/${id}/valid-transitions`);
      expect(body.valid_transitions).toEqual(['building', 'triaged']);
      const refusal = await app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase: 'reviewing' });
      expect(refusal.body.blockers).toEqual([
        { code: 'resume_rule', message: expect.stringContaining('entered auf Eis 🧊 from building') },
      ]);
      await moveAlong(app, id, 'building', 'reviewing');
      expect((await verifyDatabase(app.database.url)).findings).toEqual([]);
    });

    it('is listed in the changes that a rejected precondition returns', async () => {
      const transition = (id: string, body: object) => app.api.post(`/api/v1/tickets/${id}/transition`).send(body);
      const moved = await transition(ids.dropped[0]!, { to_phase: 'open', expected_version: 2 });
      expect([moved.status, moved.body.code, moved.body.current]).toEqual([
        409,
        'version_conflict',
        { phase: 'done', version: 3 },
      ]);
      expect(moved.body.changes_since).toEqual([
        {
          ...MIGRATED,
          ticket_id: ids.dropped[0],
          version: 3,
          at: expect.any(String),
          sequence: 2,
          from_phase: 'dropped',
          to_phase: 'done',
          ...BY_MIGRATION,
        },
      ]);
      const kept = await transition(ids.open[0]!, { to_phase: 'triaged', expected_version: 1 });
      expect(kept.body.changes_since).toEqual([
        {
          ...MIGRATED,
          ticket_id: ids.open[0],
          version: 2,
          at: expect.any(String),
        },
      ]);
      const knowsPhase = await transition(ids.dropped[0]!, { to_phase: 'open', expected_phase: 'dropped' });
      expect(knowsPhase.body.changes_since).toEqual(moved.body.changes_since);
    });
  });

  describe('that is started again', () => {
    it('migrates tickets that were restored, and tickets that were created under the old version', async () => {
      const [restored = '', ...others] = ids.archived;
      await app.api.post(`/api/v1/tickets/${restored}/restore`).expect(200);
      const { id: created } = await createTicket(app, { title: 'x', workflow: 'chores', workflow_version: 1 });
      const second = await finished(app, await startMigration(app));
      expect(second).toMatchObject({ tickets: OF_EACH + 1, done: 2, moved: 0, kept: 2, skipped: others.length });
      for (const id of [restored, created]) {
        expect((await app.api.get(`/api/v1/tickets/${id}`)).body).toMatchObject({
          workflow_version: 2,
          phase_id: 'open',
        });
      }
    });

    it('can migrate tickets back, and finishes at once without tickets', async () => {
      const back = { from_version: 2, to_version: 1, phases: { building: 'doing', reviewing: 'doing' } };
      const there = await finished(app, await startMigration(app, back));
      expect(there).toMatchObject({ done: 6 * OF_EACH + 2, skipped: 0 });
      expect(await finished(app, await startMigration(app, back))).toMatchObject({ tickets: 0, done: 0 });
      const { body: ticket } = await app.api.get(`/api/v1/tickets/${ids.doing[0]}`);
      expect(ticket).toMatchObject({ workflow_version: 1, phase_id: 'doing', previous_phase_id: 'building' });
      await moveAlong(app, ids.doing[0]!, 'open', 'triaged');
      expect((await verifyDatabase(app.database.url)).findings).toEqual([]);
    });
  });

  async function readTickets(): Promise<Map<string, TicketDto>> {
    const tickets = await Promise.all(
      Object.values(ids)
        .flat()
        .map(async (id) => (await app.api.get(`/api/v1/tickets/${id}`).expect(200)).body as TicketDto),
    );
    return new Map(tickets.map((ticket) => [ticket.id, ticket]));
  }
});
