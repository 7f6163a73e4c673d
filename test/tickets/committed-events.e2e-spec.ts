import { CommittedEvents } from '../../src/tickets/committed-events';
import { startTestApp, type TestApp } from '../../testkit/app';
import { eventually } from '../../testkit/eventually';
import { createTicket } from '../../testkit/tickets';
import { WAITING_FOR_ME } from '../../testkit/waiting';
import { CHORES, defineWorkflow } from '../../testkit/workflows';

/** A COMMIT with events waits until this lock is free, and fails while the table has rows. */
const LOCK = 4_711;
const HOLD_COMMITS = `
  CREATE TABLE rejected_commits (reason text);
  CREATE FUNCTION hold_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM pg_advisory_xact_lock_shared(${LOCK});
    IF EXISTS (SELECT FROM rejected_commits) THEN RAISE EXCEPTION 'The test rejects this COMMIT'; END IF;
    RETURN NULL;
  END $$;
  CREATE CONSTRAINT TRIGGER commits_held AFTER INSERT ON ticket_events DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION hold_commit()`;

let app: TestApp;
let wakes: number;
let unsubscribe: () => void;

beforeAll(async () => {
  app = await startTestApp();
  await app.database.query(HOLD_COMMITS);
});
afterAll(() => app.close());
beforeEach(() => {
  wakes = 0;
  unsubscribe = app.nest.get(CommittedEvents).subscribe(() => wakes++);
});
afterEach(async () => {
  unsubscribe();
  await app.database.query('SELECT pg_advisory_unlock_all()');
  await app.database.query('DELETE FROM rejected_commits');
});

const holdCommits = () => app.database.query(`SELECT pg_advisory_lock(${LOCK})`);
const letCommitsGo = () => app.database.query(`SELECT pg_advisory_unlock(${LOCK})`);
const untilCommitWaits = () => eventually(async () => (await app.database.query(WAITING_FOR_ME)).length > 0);

const move = (id: string) => ({ ticket_id: id, to_phase: 'REQUIREMENTS' });
const bulk = (mode: string, items: object[], key?: string) =>
  app.api
    .post('/api/v1/transitions')
    .set(key === undefined ? {} : { 'idempotency-key': key })
    .send({ mode, items });

const WRITERS: Record<string, (id: string) => PromiseLike<{ status: number }>> = {
  'creating a ticket': () => app.api.post('/api/v1/tickets').send({ title: 'new' }),
  'editing a ticket': (id) => app.api.patch(`/api/v1/tickets/${id}`).send({ title: 'other' }),
  'archiving a ticket': (id) => app.api.delete(`/api/v1/tickets/${id}`),
  'a transition': (id) => app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase: 'REQUIREMENTS' }),
  'an atomic bulk': (id) => bulk('atomic', [move(id)]),
  'a bulk with an Idempotency-Key': (id) => bulk('independent', [move(id)], `key-${id}`),
};

describe('CommittedEvents', () => {
  describe.each(Object.entries(WRITERS))('%s', (_, write) => {
    it('wakes its subscribers after the COMMIT and not before', async () => {
      const { id } = await createTicket(app);
      wakes = 0;
      await holdCommits();
      const response = Promise.resolve(write(id));
      await untilCommitWaits();
      expect(wakes).toBe(0);
      await letCommitsGo();
      expect((await response).status).toBeLessThan(300);
      expect(wakes).toBe(1);
    });

    it('does not wake its subscribers when the COMMIT fails', async () => {
      const { id } = await createTicket(app);
      wakes = 0;
      await app.database.query(`INSERT INTO rejected_commits VALUES ('test')`);
      try {
        expect((await write(id)).status).toBe(500);
      } finally {
        await app.database.query('DELETE FROM rejected_commits');
      }
      expect(wakes).toBe(0);
    });
  });

  it('does not wake its subscribers for commands that write no event', async () => {
    const { id } = await createTicket(app, { title: 'same' });
    wakes = 0;
    await app.api.patch(`/api/v1/tickets/${id}`).send({ title: 'same' }).expect(200);
    await app.api.post(`/api/v1/tickets/${id}/restore`).expect(200);
    await app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase: 'DONE' }).expect(400);
    expect(wakes).toBe(0);
  });

  it('answers a command whose subscriber throws', async () => {
    const end = app.nest.get(CommittedEvents).subscribe(() => {
      throw new Error('thrown by a subscriber');
    });
    await createTicket(app);
    end();
    expect(wakes).toBe(1);
  });

  it('does not wake a subscriber that has left', async () => {
    unsubscribe();
    await createTicket(app);
    expect(wakes).toBe(0);
  });

  it('wakes its subscribers after each batch of a migration is committed, not before, and not after a rollback', async () => {
    for (const title of ['Chores', 'Later chores']) await defineWorkflow(app, { ...CHORES, title });
    await createTicket(app, { title: 'chore', workflow: CHORES.key, workflow_version: 1 });
    wakes = 0;
    await holdCommits();
    await app.database.query(`INSERT INTO rejected_commits VALUES ('test')`);
    await app.api
      .post(`/api/v1/workflows/${CHORES.key}/migrations`)
      .send({ from_version: 1, to_version: 2 })
      .expect(202);
    await untilCommitWaits();
    await letCommitsGo();
    await holdCommits();
    await untilCommitWaits();
    expect(wakes).toBe(0);
    await app.database.query('DELETE FROM rejected_commits');
    await letCommitsGo();
    await eventually(() => wakes === 1);
  });
});
