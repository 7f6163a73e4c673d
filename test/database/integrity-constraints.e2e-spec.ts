import { Client } from 'pg';
import {
  createCast,
  findContradictions,
  digestTables,
  move,
  runTransaction,
  type Attack,
  type Cast,
} from './integrity-constraints/attack';
import { FALSE_EVENTS, VERSIONS } from './integrity-constraints/events';
import { GRAPH_CHANGES } from './integrity-constraints/graphs';
import { HISTORY_CHANGES } from './integrity-constraints/history';
import { LEGAL_FORMS, plainRow } from './integrity-constraints/legal';
import { ROWS_WITHOUT_TICKETS, TICKETS_WITHOUT_ROWS } from './integrity-constraints/moves';
import { OTHER_TABLES, SETTINGS } from './integrity-constraints/other-tables';
import { MIGRATIONS, PLAN_CHANGES } from './integrity-constraints/plans';
import { describeOnEveryPostgres } from './every-postgres';
import { FALSE_NAMES, TIMING } from './integrity-constraints/sessions';
import { FIXED_COLUMNS, NEW_TICKETS, REMOVALS } from './integrity-constraints/tickets';

const ATTACKS: Record<string, Attack[]> = {
  'a change without the matching history row': TICKETS_WITHOUT_ROWS,
  'a history row': ROWS_WITHOUT_TICKETS,
  'a new ticket': NEW_TICKETS,
  'a change of an immutable column': FIXED_COLUMNS,
  'a deletion of tickets': REMOVALS,
  'a version of a ticket': VERSIONS,
  'an event': FALSE_EVENTS,
  'another table': OTHER_TABLES,
  'a setting of the session': SETTINGS,
  'a change of history': HISTORY_CHANGES,
  'a change of a graph': GRAPH_CHANGES,
  'an invalid migration': PLAN_CHANGES,
  'a name that hides a real one': FALSE_NAMES,
  'a change of the time of the checks': TIMING,
};

describeOnEveryPostgres('The integrity constraints of the database', (url) => {
  let client: Client;
  let cast: Cast;
  beforeAll(async () => {
    client = new Client(url());
    await client.connect();
  });
  beforeEach(async () => (cast = await createCast(client)));
  afterEach(async () => {
    expect(await findContradictions(client, cast)).toEqual([]);
    expect((await client.query('SELECT * FROM unsettled_moves')).rows).toEqual([]);
  });
  afterAll(() => client.end());

  describe.each(Object.entries(ATTACKS))('on %s', (_, attacks) => {
    it.each(attacks)('reject $name, and accept its valid form', async ({ attack, refusal, control }) => {
      const before = await digestTables(client);
      expect(await runTransaction(client, cast, attack)).toEqual(refusal);
      expect(await digestTables(client)).toEqual(before);
      expect(await runTransaction(client, cast, control)).toBe('committed');
    });
  });

  describe('on valid transactions', () => {
    it.each([...LEGAL_FORMS, ...MIGRATIONS])('accept $name', async ({ steps, role, stands }) => {
      expect(await runTransaction(client, cast, steps)).toBe('committed');
      const { rows } = await client.query(
        'SELECT phase_id, previous_phase_id, transition_count FROM tickets WHERE id = $1',
        [cast[role]],
      );
      expect(rows.map((row) => Object.values(row))).toEqual([stands]);
    });
  });

  it('fill in the columns that a row with the original columns omits', async () => {
    const next = move('moved', 4, 'IMPLEMENTATION', 'TESTING');
    const steps = [
      move('moved', 3, 'DESIGN', 'IMPLEMENTATION'),
      plainRow('moved', 'DESIGN', 'IMPLEMENTATION'),
      plainRow('moved', 'IMPLEMENTATION', 'TESTING'),
      next,
    ];
    expect(await runTransaction(client, cast, steps)).toBe('committed');
    const { rows } = await client.query(
      `SELECT sequence, graph_id, version, actor_kind, kind FROM phase_history
         WHERE ticket_id = $1 AND sequence > 2 ORDER BY sequence`,
      [cast.moved],
    );
    const filled = { graph_id: 1, actor_kind: 'system', kind: 'transition' };
    expect(rows).toEqual([
      { sequence: 3, version: 4, ...filled },
      { sequence: 4, version: 5, ...filled },
    ]);
  });
});
