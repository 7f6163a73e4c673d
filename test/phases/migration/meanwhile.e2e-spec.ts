import { Client } from 'pg';
import type { PhaseHistoryDto } from '../../../src/phases/phase.dto';
import { verifyDatabase } from '../../../src/verify/verify-database';
import { startTestApp, type TestApp } from '../../../testkit/app';
import { createChores } from '../../../testkit/chores';
import { eventually } from '../../../testkit/eventually';
import { fillChores } from '../../../testkit/chores';
import { finished, LATER_CHORES, PLAN, startMigration, type Migration } from '../../../testkit/migrations';
import { createTicket, moveAlong } from '../../../testkit/tickets';
import { CHORES, defineWorkflow } from '../../../testkit/workflows';
import { corrupt } from '../../verify/sound-tickets';

let app: TestApp;
beforeEach(async () => {
  app = await startTestApp();
  await defineWorkflow(app);
  await defineWorkflow(app, LATER_CHORES);
});
afterEach(() => app.close());

const progressOf = async ({ id }: Migration): Promise<Migration> =>
  (await app.api.get(`/api/v1/workflows/chores/migrations/${id}`).expect(200)).body;

describe('Transitions during a migration', () => {
  const edgesOf = (transitions: readonly { from: string; to: string }[]) =>
    new Set(transitions.map(({ from, to }) => `${from} → ${to}`));
  const OLD = edgesOf(CHORES.transitions);
  const NEW = edgesOf(LATER_CHORES.transitions);

  it('are judged by the version that the ticket has then, and none is lost', async () => {
    const tickets = [...(await createChores(app, 'triaged', 15)), ...(await createChores(app, 'paused', 5))];
    await fillChores(app.database, 2_500);
    const { over, isOver } = watch(await startMigration(app));
    const accepted = (await Promise.all(tickets.map((id) => keepMoving(id, isOver)))).flat();
    await over;
    expect(accepted.length).toBeGreaterThan(100);
    expect((await verifyDatabase(app.database.url)).findings).toEqual([]);
    for (const id of tickets) {
      const { body: history } = await app.api.get(`/api/v1/tickets/${id}/phase-history`);
      expectBothVersions(history);
      const { body: ticket } = await app.api.get(`/api/v1/tickets/${id}`);
      const { body: events } = await app.api.get(`/api/v1/tickets/${id}/events`);
      expect(ticket.workflow_version).toBe(2);
      const migrated = events.filter(({ type }: { type: string }) => type === 'ticket.migrated');
      expect([migrated.length, events.length]).toEqual([1, ticket.version]);
    }
    const rows = await app.database.query(`SELECT id FROM phase_history WHERE kind = 'transition'`);
    const ids = new Set(rows.map(({ id }) => id));
    expect(accepted.filter((id) => !ids.has(id))).toEqual([]);
    // Each ticket was moved once or three times before the migration.
    expect(rows).toHaveLength(accepted.length + 15 * 1 + 5 * 3);
  });

  /** Moves a ticket at random, and returns the ids of accepted transitions. */
  async function keepMoving(id: string, isOver: () => boolean): Promise<string[]> {
    const rows: string[] = [];
    const targets = [...new Set([...OLD, ...NEW].map((edge) => edge.split(' → ')[1]!))];
    const working = targets.filter((phase) => !['done', 'dropped'].includes(phase));
    for (let extra = 3; extra > 0; extra -= isOver() ? 1 : 0) {
      const to_phase = working[Math.floor(Math.random() * working.length)]!;
      const move = { to_phase, reason: 'because' };
      const { status, body } = await app.api.post(`/api/v1/tickets/${id}/transition`).send(move);
      if (status === 200) rows.push(body.transition.id);
      else expectRejection(status, body);
    }
    return rows;
  }

  /** A rejection lists transitions of one version only. */
  function expectRejection(
    status: number,
    body: { code: string; from_phase: string; valid_transitions: string[] },
  ): void {
    expect([status, body.code]).toEqual([400, 'illegal_transition']);
    const offered = body.valid_transitions.map((to) => `${body.from_phase} → ${to}`);
    expect(offered.every((edge) => OLD.has(edge)) || offered.every((edge) => NEW.has(edge))).toBe(true);
  }

  /** Expects transitions of the old version, at most one migration, then transitions of the new version. */
  function expectBothVersions(history: readonly PhaseHistoryDto[]): void {
    const edges = history.map(({ from_phase, to_phase }) => `${from_phase} → ${to_phase}`);
    const at = history.findIndex(({ kind }) => kind === 'migration');
    expect(history.filter(({ kind }) => kind === 'migration').length).toBe(at === -1 ? 0 : 1);
    if (at !== -1) {
      expect(edges[at]).toBe('doing → building');
      expect(edges.slice(0, at).filter((edge) => !OLD.has(edge))).toEqual([]);
      expect(edges.slice(at + 1).filter((edge) => !NEW.has(edge))).toEqual([]);
    } else {
      const turn = edges.findIndex((edge) => !OLD.has(edge));
      expect(turn === -1 ? [] : edges.slice(turn).filter((edge) => !NEW.has(edge))).toEqual([]);
    }
  }
});

describe('A ticket that another transaction has locked', () => {
  it('is migrated when the lock is released, and delays no other ticket', async () => {
    const [held = ''] = await createChores(app, 'doing');
    const others = await createChores(app, 'doing', 3);
    const holder = await hold(held);
    const run = await startMigration(app);
    await eventually(async () => (await progressOf(run)).done === 3);
    // The run now waits for the ticket, and delays no other transition.
    for (const id of others) {
      const started = performance.now();
      await moveAlong(app, id, 'reviewing');
      expect(performance.now() - started).toBeLessThan(1_500);
    }
    const { id: created } = await createTicket(app, { title: 'x', workflow: 'chores', workflow_version: 1 });
    expect(await progressOf(run)).toMatchObject({ state: 'running' });
    expect((await app.api.get(`/api/v1/tickets/${held}`)).body).toMatchObject({ workflow_version: 1, version: 3 });
    await holder.end();
    expect(await finished(app, run)).toMatchObject({ done: 5, moved: 4, kept: 1, skipped: 0 });
    expect((await app.api.get(`/api/v1/tickets/${held}`)).body).toMatchObject({ workflow_version: 2, version: 4 });
    expect((await app.api.get(`/api/v1/tickets/${created}`)).body).toMatchObject({ workflow_version: 2, version: 2 });
  });

  it('is retried after the lock timeout', async () => {
    const ids = await createChores(app, 'open', 3);
    const holders = await Promise.all(ids.slice(0, 2).map(hold));
    const run = await startMigration(app);
    await eventually(async () => (await passOf(run)) >= 3);
    expect(await progressOf(run)).toMatchObject({ state: 'running', done: 1 });
    for (const holder of holders) await holder.end();
    expect(await finished(app, run)).toMatchObject({ done: 3 });
    expect((await verifyDatabase(app.database.url)).findings).toEqual([]);
  });

  it('is migrated between two transitions if it is moved all the time', async () => {
    const [id = ''] = await createChores(app, 'doing');
    const { over, isOver } = watch(await startMigration(app));
    const keepMovingTo = async (...phases: string[]): Promise<void> => {
      while (!isOver()) {
        for (const to_phase of phases) await app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase });
      }
    };
    const back = Array.from({ length: 8 }, () => keepMovingTo('open'));
    await Promise.all([...back, keepMovingTo('triaged', 'doing', 'building', 'reviewing', 'building')]);
    expect(await over).toMatchObject({ done: 1 });
    expect((await verifyDatabase(app.database.url)).findings).toEqual([]);
  });
});

describe('Tickets that are added to the old version during a migration', () => {
  it('are migrated, whatever their ids are', async () => {
    const first = await createChores(app, 'doing', 2);
    const holder = await hold(first[1]!);
    const run = await startMigration(app);
    await eventually(async () => (await progressOf(run)).done === 1);
    await createChores(app, 'open', 2);
    // An id behind the scan, as an import may have written it.
    await fillChores(app.database, 1, '00000000-0000-4000-8000-000000000001');
    await holder.end();
    expect(await finished(app, run)).toMatchObject({ tickets: 2, done: 5 });
    const left = await app.database.query(
      'SELECT id FROM tickets WHERE graph_id = (SELECT min(id) FROM graphs WHERE workflow = $1)',
      ['chores'],
    );
    expect(left).toEqual([]);
  });

  it('are migrated if they were restored', async () => {
    const [archived = ''] = await createChores(app, 'archived');
    const [held = ''] = await createChores(app, 'open');
    const holder = await hold(held);
    const run = await startMigration(app);
    await eventually(async () => (await progressOf(run)).skipped === 1);
    await app.api.post(`/api/v1/tickets/${archived}/restore`).expect(200);
    await holder.end();
    expect(await finished(app, run)).toMatchObject({ done: 2, skipped: 0 });
  });
});

it('finishes a migration that skips a ticket in a phase that its version does not have', async () => {
  const [odd = ''] = await createChores(app, 'open');
  await createChores(app, 'open', 2);
  await corrupt(
    app.database,
    `
    INSERT INTO tickets (id, title, initial_phase_id, phase_id, graph_id)
      SELECT gen_random_uuid(), 'by hand', 'nowhere', 'nowhere', graph_id FROM tickets WHERE id = '${odd}'`,
  );
  const { body } = await app.api.post('/api/v1/workflows/chores/migrations').send({ ...PLAN, dry_run: true });
  expect(body.phases.at(-1)).toEqual({ from: 'nowhere', to: null, tickets: 1 });
  expect(body.refused).toMatchObject([{ code: 'no_place', phase: 'nowhere', tickets: 1 }]);
  expect(await finished(app, await startMigration(app))).toMatchObject({ tickets: 4, done: 3, skipped: 1 });
});

it('continues a migration while another one fails', async () => {
  await corrupt(
    app.database,
    'ALTER TABLE graphs DROP CONSTRAINT graphs_definition_check',
    `
    WITH graph AS (INSERT INTO graphs (workflow, version) VALUES ('by hand', 1) RETURNING id),
      plan AS (INSERT INTO graphs (workflow, version, kind, from_graph_id, to_graph_id)
        SELECT 'by hand 1→2', 1, 'migration', id, 1 FROM graph RETURNING id, from_graph_id)
    INSERT INTO workflow_migrations (id, plan_id, from_graph_id, tickets, actor, actor_kind)
      SELECT '00000000-0000-7000-8000-000000000000', id, from_graph_id, 0, 'by hand', 'system' FROM plan`,
  );
  await createChores(app, 'doing', 2);
  expect(await finished(app, await startMigration(app))).toMatchObject({ done: 2 });
});

/** Watches a migration until it has finished. */
function watch(run: Migration): { over: Promise<Migration>; isOver: () => boolean } {
  let isOver = false;
  const over = finished(app, run).finally(() => (isOver = true));
  return { over, isOver: () => isOver };
}

/** Returns the pass of a run. From the second one on it waits for each locked ticket once, up to the lock timeout. */
async function passOf({ id }: Migration): Promise<number> {
  const [row] = await app.database.query<{ pass: number }>('SELECT pass FROM workflow_migrations WHERE id = $1', [id]);
  return row!.pass;
}

/** Locks a ticket, as a transition does, until the client ends. */
async function hold(id: string): Promise<Client> {
  const client = new Client(app.database.url);
  await client.connect();
  await client.query('SET idle_in_transaction_session_timeout = 0');
  await client.query('BEGIN');
  await client.query('SELECT FROM tickets WHERE id = $1 FOR NO KEY UPDATE', [id]);
  return client;
}
