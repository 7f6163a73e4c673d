import { Client } from 'pg';
import { createCast, findLies, digestTables, move, runTransaction, type Attack, type Cast } from './defence-attack';
import { GRAPH_CHANGES } from './defence-graphs';
import { HISTORY_CHANGES } from './defence-history';
import { LEGAL_FORMS, plainRow } from './defence-legal';
import { ROWS_WITHOUT_TICKETS, TICKETS_WITHOUT_ROWS } from './defence-moves';
import { MIGRATIONS, PLAN_CHANGES } from './defence-plans';
import { describeOnEveryPostgres } from './defence-servers';
import { FALSE_NAMES, TIMING } from './defence-sessions';
import { FIXED_COLUMNS, NEW_TICKETS, REMOVALS } from './defence-tickets';

const ATTACKS: Record<string, Attack[]> = {
  'a change without the matching row': TICKETS_WITHOUT_ROWS,
  'a history row': ROWS_WITHOUT_TICKETS,
  'a new ticket': NEW_TICKETS,
  'a change of what is fixed': FIXED_COLUMNS,
  'removing tickets with history': REMOVALS,
  'a change of history': HISTORY_CHANGES,
  'a change of the rules': GRAPH_CHANGES,
  'a false migration': PLAN_CHANGES,
  'a false name': FALSE_NAMES,
  'a game with time': TIMING,
};

describeOnEveryPostgres('The database defends itself', (url) => {
  let client: Client;
  let cast: Cast;
  beforeAll(async () => {
    client = new Client(url());
    await client.connect();
  });
  beforeEach(async () => (cast = await createCast(client)));
  afterEach(async () => {
    expect(await findLies(client, cast)).toEqual([]);
    expect((await client.query('SELECT * FROM unsettled_moves')).rows).toEqual([]);
  });
  afterAll(() => client.end());

  describe.each(Object.entries(ATTACKS))('against %s', (_, attacks) => {
    it.each(attacks)('refuses $name, and accepts its legal form', async ({ attack, refusal, control }) => {
      const before = await digestTables(client);
      expect(await runTransaction(client, cast, attack)).toEqual(refusal);
      expect(await digestTables(client)).toEqual(before);
      expect(await runTransaction(client, cast, control)).toBe('committed');
    });
  });

  describe('and accepts', () => {
    it.each([...LEGAL_FORMS, ...MIGRATIONS])('$name', async ({ steps, role, stands }) => {
      expect(await runTransaction(client, cast, steps)).toBe('committed');
      const { rows } = await client.query(
        'SELECT phase_id, previous_phase_id, transition_count FROM tickets WHERE id = $1',
        [cast[role]],
      );
      expect(rows.map((row) => Object.values(row))).toEqual(stands ? [stands] : []);
    });
  });

  it('fills in what a row of the oldest columns leaves out', async () => {
    const first = move('moved', 3, 'DESIGN', 'IMPLEMENTATION').replace('SET', 'SET version = 8,');
    const next = move('moved', 4, 'IMPLEMENTATION', 'TESTING').replace('SET', 'SET version = 9,');
    const steps = [
      first,
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
      { sequence: 3, version: 8, ...filled },
      { sequence: 4, version: 9, ...filled },
    ]);
  });
});
