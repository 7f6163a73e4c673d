import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type { CommittedTransition } from '../../src/phases/transition';
import { COMMITTER_LIMITS } from '../../src/phases/commit/transition-committer';
import { PhaseService } from '../../src/phases/phase.service';
import { DomainError } from '../../src/problems/domain-error';
import { verifyDatabase } from '../../src/verify/verify-database';
import { startTestApp, type TestApp } from '../../testkit/app';
import { eventually } from '../../testkit/eventually';
import { createTicket, moveAlong } from '../../testkit/tickets';
import { WAITING_FOR_ME } from '../../testkit/waiting';

let app: TestApp;
let phases: PhaseService;

beforeAll(async () => {
  app = await startTestApp();
  phases = app.nest.get(PhaseService);
});
afterEach(async () => expect((await verifyDatabase(app.database.url)).findings).toEqual([]));
afterAll(() => app.close());

describe('transitions that arrive at the same time', () => {
  it('are committed in shared transactions', async () => {
    const ids = await createTickets(100);
    await Promise.all(ids.map((id) => phases.transitionTicket(id, 'REQUIREMENTS')));
    const rows = await app.database.query('SELECT DISTINCT xmin::text FROM phase_history WHERE ticket_id = ANY ($1)', [
      ids,
    ]);
    expect(rows.length).toBeLessThanOrEqual(2);
  });

  it('are committed except the one that the database rejects', async () => {
    await app.database.query(`ALTER TABLE phase_history ADD CONSTRAINT poison CHECK (transitioned_by <> 'poison')`);
    const ids = await createTickets(100);
    const outcomes = await Promise.allSettled(
      ids.map((id, i) => phases.transitionTicket(id, 'REQUIREMENTS', null, i === 42 ? 'poison' : 'agent')),
    );
    await app.database.query('ALTER TABLE phase_history DROP CONSTRAINT poison');
    const failed = outcomes.flatMap((outcome, i) => (outcome.status === 'rejected' ? [i] : []));
    expect(failed).toEqual([42]);
    expect(outcomes[42]).toMatchObject({ reason: { constraint: 'poison' } });
    expect(await rowsOf(ids)).toBe(99);
  });

  it('are judged in their order of arrival when they concern one ticket, each on the state that the previous one left', async () => {
    const [id] = await createTickets(1);
    const path = ['REQUIREMENTS', 'DONE', 'DESIGN', 'DESIGN', 'BLOCKED', 'TESTING', 'DESIGN', 'IMPLEMENTATION'];
    const outcomes = await Promise.all(path.map((phase) => outcomeOf(phases.transitionTicket(id!, phase))));
    expect(outcomes).toEqual([1, 'DONE from REQUIREMENTS', 2, 'DESIGN from DESIGN', 3, 'TESTING from BLOCKED', 4, 5]);
    const { body } = await app.api.get(`/api/v1/tickets/${id}/phase-history`);
    expect(body.map((row: { to_phase: string }) => row.to_phase)).toEqual(
      path.filter((_, i) => typeof outcomes[i] === 'number'),
    );
  });

  it('keep their order when one ticket has more of them than fit into a batch', async () => {
    const [id] = await createTickets(1);
    const count = COMMITTER_LIMITS.batch * 2 + 10;
    const asked = Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 'BLOCKED' : 'BACKLOG'));
    const moves = await Promise.all(asked.map((phase) => phases.transitionTicket(id!, phase)));
    expect(moves.map(({ transition }) => transition.sequence)).toEqual(Array.from({ length: count }, (_, i) => i + 1));
  });

  it('are rejected one by one for tickets that do not exist', async () => {
    const [id] = await createTickets(1);
    const unknown = randomUUID();
    const outcomes = await Promise.all(
      [unknown, id!, unknown].map((each) => outcomeOf(phases.transitionTicket(each, 'REQUIREMENTS'))),
    );
    expect(outcomes).toEqual(['ticket_not_found', 1, 'ticket_not_found']);
  });
});

describe('a ticket locked by another session', () => {
  it('is rejected as busy in time and does not delay other tickets', async () => {
    const ids = await createTickets(50);
    const other = new Client(app.database.url);
    await other.connect();
    await other.query('BEGIN');
    await other.query('SELECT 1 FROM tickets WHERE id = $1 FOR UPDATE', [ids[7]]);
    const began = Date.now();
    const timed = ids.map(async (id) => {
      const outcome = await outcomeOf(phases.transitionTicket(id, 'REQUIREMENTS'));
      return { outcome, milliseconds: Date.now() - began };
    });
    const answers = await Promise.all(timed);
    expect(answers[7]!.outcome).toBe('busy');
    expect(answers[7]!.milliseconds).toBeLessThan(5_000);
    const others = answers.filter((_, i) => i !== 7);
    expect(others.every(({ outcome }) => outcome === 1)).toBe(true);
    expect(Math.max(...others.map(({ milliseconds }) => milliseconds))).toBeLessThan(answers[7]!.milliseconds);
    await other.query('ROLLBACK');
    await other.end();
    await moveAlong(app, ids[7]!, 'REQUIREMENTS');
  });

  it('is moved as soon as the other session releases the lock', async () => {
    const [id] = await createTickets(1);
    const other = new Client(app.database.url);
    await other.connect();
    await other.query('BEGIN');
    await other.query('SELECT 1 FROM tickets WHERE id = $1 FOR UPDATE', [id]);
    const moves = ['REQUIREMENTS', 'DESIGN'].map((phase) => outcomeOf(phases.transitionTicket(id!, phase)));
    await eventually(async () => (await other.query(WAITING_FOR_ME)).rows.length > 0);
    await other.query('COMMIT');
    expect(await Promise.all(moves)).toEqual([1, 2]);
    await other.end();
  });
});

describe('a full queue', () => {
  it('rejects further transitions and answers all that it accepted', async () => {
    const [id] = await createTickets(1);
    const asked = COMMITTER_LIMITS.queue + 500;
    const outcomes = await Promise.all(
      Array.from({ length: asked }, () => outcomeOf(phases.transitionTicket(id!, 'REQUIREMENTS'))),
    );
    const count = (sought: unknown) => outcomes.filter((outcome) => outcome === sought).length;
    expect([count(1), count('busy')]).toEqual([1, 500]);
    expect(count('REQUIREMENTS from REQUIREMENTS')).toBe(COMMITTER_LIMITS.queue - 1);
    expect(await rowsOf([id!])).toBe(1);
  });
});

async function createTickets(count: number): Promise<string[]> {
  const tickets = await Promise.all(Array.from({ length: count }, () => createTicket(app)));
  return tickets.map(({ id }) => id);
}

/** Returns the sequence of a transition, or a summary of its rejection. */
async function outcomeOf(move: Promise<CommittedTransition>): Promise<number | string> {
  try {
    return (await move).transition.sequence;
  } catch (error) {
    if (!(error instanceof DomainError)) return (error as { code?: string }).code === '55P03' ? 'busy' : String(error);
    const { from_phase: from, to_phase: to } = error.facts;
    return error.code === 'illegal_transition' ? `${String(to)} from ${String(from)}` : error.code;
  }
}

async function rowsOf(ids: readonly string[]): Promise<number> {
  return (await app.database.query('SELECT 1 FROM phase_history WHERE ticket_id = ANY ($1)', [ids])).length;
}
