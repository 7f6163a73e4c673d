import { randomUUID } from 'node:crypto';
import { verifyDatabase } from '../../src/verify/verify-database';
import { startTestApp, type TestApp } from '../../testkit/app';
import { CHORES_STANDINGS, createChores } from '../../testkit/chores';
import { finished, LATER_CHORES, startMigration } from '../../testkit/migrations';
import { createTicket, moveAlong } from '../../testkit/tickets';
import { CHORES, defineWorkflow } from '../../testkit/workflows';

let app: TestApp;
beforeAll(async () => (app = await startTestApp()));
afterAll(() => app.close());

it('verify finds nothing after every kind of change and after rejected changes', async () => {
  const { id: restored } = await createTicket(app);
  await moveAlong(app, restored, 'REQUIREMENTS', 'BLOCKED', 'BACKLOG', 'REQUIREMENTS');
  await app.api.patch(`/api/v1/tickets/${restored}`).send({ title: 'Edited', description: 'Why' }).expect(200);
  await app.api.patch(`/api/v1/tickets/${restored}`).send({ title: 'Edited' }).expect(200);
  await app.api.delete(`/api/v1/tickets/${restored}`).expect(204);
  await app.api.delete(`/api/v1/tickets/${restored}`).expect(204);
  await app.api.post(`/api/v1/tickets/${restored}/transition`).send({ to_phase: 'DESIGN' }).expect(409);
  await app.api.post(`/api/v1/tickets/${restored}/restore`).expect(200);
  await moveAlong(app, restored, 'DESIGN');

  const { id: archived } = await createTicket(app, { title: 'x', phase_id: 'DEPLOYMENT' });
  await moveAlong(app, archived, 'BLOCKED');
  await app.api.post(`/api/v1/tickets/${archived}/transition`).send({ to_phase: 'DONE' }).expect(400);
  await app.api.delete(`/api/v1/tickets/${archived}`).expect(204);

  expect(await verifyDatabase(app.database.url)).toMatchObject({ findings: [], tickets: 2, moves: 6, events: 12 });
});

it('verify finds nothing after bulk transitions, races and retries', async () => {
  const tickets = await Promise.all(Array.from({ length: 10 }, () => createTicket(app)));
  const race = (to_phase: string) =>
    Promise.all(
      tickets.flatMap(({ id }) => {
        const move = () => app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase });
        return [move(), move(), app.api.patch(`/api/v1/tickets/${id}`).send({ title: to_phase })];
      }),
    );
  await race('REQUIREMENTS');
  await race('BLOCKED');
  for (const mode of ['independent', 'atomic']) {
    const steps = mode === 'atomic' ? ['DESIGN', 'IMPLEMENTATION'] : ['BACKLOG', 'REQUIREMENTS'];
    const items = tickets.flatMap(({ id }) => steps.map((to_phase) => ({ ticket_id: id, to_phase })));
    await app.api.post('/api/v1/transitions').send({ mode, items }).expect(200);
  }
  const key = randomUUID();
  for (let attempt = 0; attempt < 3; attempt++) {
    const retried = app.api.post(`/api/v1/tickets/${tickets[0]!.id}/transition`).set('Idempotency-Key', key);
    await retried.send({ to_phase: 'TESTING' }).expect(200);
  }
  const report = await verifyDatabase(app.database.url);
  expect(report).toMatchObject({ findings: [], tickets: 12, moves: 6 + 6 * 10 + 1 });
});

it('verify finds nothing after workflows were defined and tickets were migrated to other versions', async () => {
  const { tickets: before } = await verifyDatabase(app.database.url);
  await defineWorkflow(app, CHORES);
  const created = await Promise.all(CHORES_STANDINGS.map((standing) => createChores(app, standing)));
  await defineWorkflow(app, LATER_CHORES);
  await finished(app, await startMigration(app));
  const [paused] = created[CHORES_STANDINGS.indexOf('paused')]!;
  await moveAlong(app, paused!, 'building', 'reviewing', 'done');
  const [archived] = created[CHORES_STANDINGS.indexOf('archived')]!;
  await app.api.post(`/api/v1/tickets/${archived}/restore`).expect(200);
  await finished(app, await startMigration(app));
  await moveAlong(app, archived!, 'triaged', 'building');
  await defineWorkflow(app, { ...LATER_CHORES, title: 'Chores as they will be' });
  await finished(app, await startMigration(app, { from_version: 2, to_version: 3 }));

  const report = await verifyDatabase(app.database.url);
  expect(report).toMatchObject({ findings: [], tickets: before + CHORES_STANDINGS.length });
  const events = await app.database.query(`SELECT FROM ticket_events WHERE type = 'migrated'`);
  expect(events).toHaveLength(2 * CHORES_STANDINGS.length);
});
