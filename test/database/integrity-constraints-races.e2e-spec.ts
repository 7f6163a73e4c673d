import { Client, DatabaseError } from 'pg';
import {
  createCast,
  edit,
  findContradictions,
  move,
  record,
  withCast,
  type Cast,
} from '../../testkit/integrity-constraints/attack';
import { define } from '../../testkit/integrity-constraints/workflows';
import { describeOnEveryPostgres } from './every-postgres';

const ISOLATION_LEVELS = ['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'];
const FORWARD = [move('moved', 3, 'DESIGN', 'IMPLEMENTATION'), record('moved', 3, 'DESIGN', 'IMPLEMENTATION')];
const ASIDE = [move('moved', 3, 'DESIGN', 'BLOCKED'), record('moved', 3, 'DESIGN', 'BLOCKED')];
const NEXT = [move('moved', 4, 'IMPLEMENTATION', 'TESTING'), record('moved', 4, 'IMPLEMENTATION', 'TESTING')];

/** Errors of the losing session: number taken, snapshot outdated, or deadlock. */
const LOST_RACE = ['23001', '23503', '23505', '23514', '40001', '40P01'];

describeOnEveryPostgres('The integrity constraints under concurrent sessions', (url) => {
  let sessions: Client[];
  let cast: Cast;
  beforeAll(async () => {
    sessions = Array.from({ length: 8 }, () => new Client(url()));
    await Promise.all(sessions.map((session) => session.connect()));
    // Limits how long a session waits for another one of the same test.
    await Promise.all(
      sessions.map((session) => session.query(`SET lock_timeout = '10s'; SET deadlock_timeout = '50ms'`)),
    );
  });
  beforeEach(async () => (cast = await createCast(sessions[0]!)));
  afterEach(async () => expect(await findContradictions(sessions[0]!, cast)).toEqual([]));
  afterAll(() => Promise.all(sessions.map((session) => session.end())));

  /** Begins a transaction in each of two sessions, and takes the snapshot of both. */
  async function beginBoth(level: string): Promise<[Client, Client]> {
    const [one, two] = sessions as [Client, Client];
    for (const session of [one, two]) {
      await session.query(`BEGIN ISOLATION LEVEL ${level}`);
      await session.query('SELECT count(*) FROM tickets');
    }
    return [one, two];
  }

  async function race(level: string, first: string[], second: string[]): Promise<string[]> {
    const [one, two] = await beginBoth(level);
    return Promise.all([outcome(one, first), outcome(two, second)]);
  }

  async function outcome(session: Client, steps: string[]): Promise<string> {
    try {
      for (const step of steps) await session.query(withCast(step, cast));
      await session.query('COMMIT');
      return 'committed';
    } catch (error) {
      await session.query('ROLLBACK');
      if (error instanceof DatabaseError) return error.code!;
      throw error;
    }
  }

  async function standing(id: string): Promise<unknown[]> {
    const { rows } = await sessions[0]!.query({
      text: `SELECT phase_id, transition_count, (SELECT count(*)::int FROM phase_history WHERE ticket_id = tickets.id)
               FROM tickets WHERE id = $1`,
      values: [id],
      rowMode: 'array',
    });
    return rows;
  }

  describe.each(ISOLATION_LEVELS)('under %s', (level) => {
    it.each([
      { name: 'the same transition', first: FORWARD, second: FORWARD },
      { name: 'different transitions', first: FORWARD, second: ASIDE },
      { name: 'the same transition, rows first', first: FORWARD.toReversed(), second: FORWARD.toReversed() },
      { name: 'the same transition, one with the row first', first: FORWARD, second: FORWARD.toReversed() },
    ])('lets exactly one of two commit: $name', async ({ first, second }) => {
      const outcomes = await race(level, first, second);
      expect(outcomes.filter((what) => what === 'committed')).toHaveLength(1);
      expect([...LOST_RACE, 'committed']).toEqual(expect.arrayContaining(outcomes));
      const phase = outcomes[0] === 'committed' ? 'IMPLEMENTATION' : second === ASIDE ? 'BLOCKED' : 'IMPLEMENTATION';
      expect(await standing(cast.moved)).toEqual([[phase, 3, 3]]);
    });

    it('never commit a transition before the one that it continues', async () => {
      const outcomes = await race(level, FORWARD, NEXT);
      expect(outcomes[0]).toBe('committed');
      expect(['23001', '23514', '40001', 'committed']).toContain(outcomes[1]);
    });

    it('never commit a count that lacks a transition that has just committed', async () => {
      const stale = [move('moved', 2, 'REQUIREMENTS', 'DESIGN')];
      const [one, two] = await beginBoth(level);
      expect(await outcome(one, [...FORWARD, ...NEXT])).toBe('committed');
      expect(await outcome(two, stale)).toBe(level === 'READ COMMITTED' ? '23001' : '40001');
      expect(await standing(cast.moved)).toEqual([['TESTING', 4, 4]]);
    });

    it('never record an edit and a transition under one version', async () => {
      const outcomes = await race(level, FORWARD, [edit('moved', `title = 'edited'`)]);
      expect([...LOST_RACE, 'committed']).toEqual(expect.arrayContaining(outcomes));
      const { rows } = await sessions[0]!.query(
        'SELECT version = (SELECT count(*) FROM ticket_events WHERE ticket_id = id) AS agrees FROM tickets WHERE id = $1',
        [cast.moved],
      );
      expect(rows).toEqual([{ agrees: true }]);
    });
  });

  describe('on a graph that another transaction has just created', () => {
    const EDGE = `INSERT INTO graph_edges SELECT id, 'SHIP', 'BACKLOG' FROM graphs WHERE workflow = '{workflow}' AND version = 3`;

    it('reject additional edges', async () => {
      const [one, two] = await beginBoth('READ COMMITTED');
      expect(await outcome(one, define(3))).toBe('committed');
      expect(await outcome(two, [EDGE])).toBe('23001');
    });
  });

  it('let eight sessions make the same twelve transitions, each of them once', async () => {
    const path = Array.from({ length: 12 }, (_, index) =>
      index % 2 === 0 ? ['DESIGN', 'BLOCKED'] : ['BLOCKED', 'DESIGN'],
    );
    const walk = async (session: Client): Promise<number> => {
      let moved = 0;
      for (const [index, [from, to]] of path.entries()) {
        const steps = [move('moved', index + 3, from!, to!), record('moved', index + 3, from!, to!)];
        await session.query('BEGIN');
        if ((await outcome(session, index % 3 === 0 ? steps.toReversed() : steps)) === 'committed') moved++;
      }
      return moved;
    };
    const moved = await Promise.all(sessions.map(walk));
    expect(moved.reduce((sum, count) => sum + count, 0)).toBe(12);
    expect(await standing(cast.moved)).toEqual([['DESIGN', 14, 14]]);
  });
});
