import { Client } from 'pg';
import {
  createCast,
  findContradictions,
  digestTables,
  move,
  runTransaction,
  type Cast,
} from '../../testkit/integrity-constraints/attack';
import { ATTACKS } from '../../testkit/integrity-constraints/every-attack';
import { LEGAL_FORMS, plainRow } from '../../testkit/integrity-constraints/legal';
import { MIGRATIONS } from '../../testkit/integrity-constraints/plans';
import { describeOnEveryPostgres } from './every-postgres';

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
