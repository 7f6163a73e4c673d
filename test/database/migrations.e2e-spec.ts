import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { Tickets1700000000000 } from '../../migrations/1700000000000-tickets';
import { PhaseWorkflow1700000001000 } from '../../migrations/1700000001000-phase-workflow';
import { dataSourceOptions } from '../../ormconfig';
import { migrate } from '../../src/database/migrate';
import { Phase } from '../../src/machine/phase';
import { verifyDatabase } from '../../src/verify/verify-database';
import { createTestDatabase, type TestDatabase } from '../../testkit/database';
import { SDLC } from '../../src/machine/sdlc';
import {
  create,
  createCast,
  edit,
  findContradictions,
  runTransaction,
  whole,
  type Cast,
} from '../../testkit/integrity-constraints/attack';
import { definitionOf, insertGraph } from '../../testkit/integrity-constraints/workflows';
import { readCatalog } from './schema-catalog';

const NAMES = [
  'Tickets1700000000000',
  'PhaseWorkflow1700000001000',
  'Trust1700000002000',
  'Workflows1700000003000',
  'WorkflowMigrations1700000004000',
  'StrictConstraints1700000005000',
  'ApiKeyRotation1700000006000',
];
const KEPT = 'id, title, description, priority, phase_id, created_at, updated_at';

let database: TestDatabase;
let client: Client;

beforeEach(async () => {
  database = await createTestDatabase('template0');
  client = new Client(database.url);
  await client.connect();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await client.end();
  await database.drop();
});

const up = (): Promise<string[]> => migrate(dataSourceOptions(database.url));
const upToFirst = (): Promise<string[]> =>
  migrate({ ...dataSourceOptions(database.url), migrations: [Tickets1700000000000] });
const upToSecond = (): Promise<string[]> =>
  migrate({ ...dataSourceOptions(database.url), migrations: [Tickets1700000000000, PhaseWorkflow1700000001000] });

/** Reverts migrations, the last one first. */
async function down(count: number): Promise<void> {
  const dataSource = await new DataSource(dataSourceOptions(database.url)).initialize();
  try {
    for (let i = 0; i < count; i++) await dataSource.undoLastMigration();
  } finally {
    await dataSource.destroy();
  }
}

async function readTickets(columns: string): Promise<Record<string, unknown>[]> {
  return (await client.query(`SELECT ${columns} FROM tickets ORDER BY id`)).rows;
}

/** Tickets of the first migration. */
async function createOldTickets(...phases: string[]): Promise<string[]> {
  const ids = phases.map(() => randomUUID());
  for (const [index, phase] of phases.entries()) {
    await client.query(
      `INSERT INTO tickets (id, title, description, priority, phase_id, created_at, updated_at)
         VALUES ($1, $2, 'naïve 漢字', 'HIGH', $3, '2020-02-03T04:05:06.789Z', '2021-01-01')`,
      [ids[index], `Ticket ${index}`, phase],
    );
  }
  return ids;
}

/** Tickets in every phase, with and without transitions; one is archived, one blocked. */
async function createTickets(): Promise<Cast> {
  const cast = await createCast(client, false);
  expect(await runTransaction(client, cast, whole('moved', 3, 'DESIGN', 'BLOCKED'))).toBe('committed');
  const archive = edit('other', 'archived_at = clock_timestamp()', 'archived');
  expect(await runTransaction(client, cast, [archive])).toBe('committed');
  for (const phase of SDLC.initial) {
    const own = { ...cast, missing: randomUUID() };
    expect(await runTransaction(client, own, [create('missing', phase)])).toBe('committed');
  }
  return cast;
}

describe('The migration PhaseWorkflow', () => {
  it('runs up, down and up again on tickets in every phase', async () => {
    expect(await up()).toEqual(NAMES);
    const cast = await createTickets();
    const before = await readTickets(KEPT);
    expect(before).toHaveLength(3 + SDLC.initial.length);
    await down(NAMES.length - 1);
    expect(await readTickets('*')).toEqual(before);
    expect(await up()).toEqual(NAMES.slice(1));
    expect(await readTickets(KEPT)).toEqual(before);
    expect(await findContradictions(client, cast)).toEqual([]);
    expect(await runTransaction(client, cast, whole('moved', 1, 'BLOCKED', 'DESIGN'))).toBe('committed');
  });

  it('sets the initial phase of every ticket to its current phase', async () => {
    await upToFirst();
    await createOldTickets(...Object.values(Phase));
    await up();
    const begun = Object.values(Phase).map((phase, index) => ({
      id: expect.any(String),
      title: `Ticket ${index}`,
      description: 'naïve 漢字',
      priority: 'HIGH',
      phase_id: phase,
      created_at: new Date('2020-02-03T04:05:06.789Z'),
      updated_at: expect.any(Date),
      project_id: '00000000-0000-7000-8000-000000000001',
      graph_id: 1,
      initial_phase_id: phase,
      previous_phase_id: null,
      resume_phase_id: null,
      phase_entered_at: new Date('2020-02-03T04:05:06.789Z'),
      transition_count: 0,
      version: 1,
      external_source: null,
      external_id: null,
      archived_at: null,
    }));
    const tickets = await client.query('SELECT * FROM tickets ORDER BY title');
    expect(tickets.rows).toEqual(begun);
  });

  it('leaves no objects when it is reverted, and creates the same ones again', async () => {
    await upToFirst();
    const first = await readCatalog(client);
    await up();
    const second = await readCatalog(client);
    expect(second).not.toEqual(first);
    await createTickets();
    await down(NAMES.length - 1);
    expect(await readCatalog(client)).toEqual(first);
    await up();
    expect(await readCatalog(client)).toEqual(second);
  });

  it('rejects tickets in unknown phases, names them, and changes nothing', async () => {
    await upToFirst();
    const [, qa, lower, , empty] = await createOldTickets('DESIGN', 'QA', 'done', 'BLOCKED', '');
    const [another] = await createOldTickets('QA');
    const catalog = await readCatalog(client);
    const tickets = await readTickets('*');
    jest.spyOn(console, 'log').mockImplementation(); // TypeORM reports the failure, too.
    const failure = await up().then(
      () => 'nothing',
      (error: Error) => error.message,
    );
    expect(failure.split('\n')).toEqual([
      'Some tickets are in unknown phases. Move them to one of BACKLOG, REQUIREMENTS, DESIGN, IMPLEMENTATION, ' +
        'TESTING, DEPLOYMENT, DONE, BLOCKED and start again:',
      `  "": 1 ticket(s), such as ${empty}`,
      `  "QA": 2 ticket(s), such as ${[qa, another].sort()[0]}`,
      `  "done": 1 ticket(s), such as ${lower}`,
    ]);
    expect(await readCatalog(client)).toEqual(catalog);
    expect(await readTickets('*')).toEqual(tickets);
    await client.query(`UPDATE tickets SET phase_id = 'TESTING' WHERE phase_id IN ('', 'QA', 'done')`);
    expect(await up()).toEqual(NAMES.slice(1));
  });
});

describe('The migration Trust', () => {
  it('creates events of earlier changes as far as they are known', async () => {
    await upToSecond();
    const cast = { new: randomUUID(), moved: randomUUID() };
    await client.query(`INSERT INTO tickets (id, title, initial_phase_id) SELECT unnest($1::uuid[]), 'x', 'BACKLOG'`, [
      [cast.new, cast.moved],
    ]);
    await client.query(
      `WITH moved AS (UPDATE tickets SET phase_id = 'DESIGN', previous_phase_id = 'REQUIREMENTS', transition_count = 2,
           version = 5 WHERE id = $1)
       INSERT INTO phase_history (ticket_id, sequence, id, from_phase, to_phase, graph_id, version)
         VALUES ($1, 1, gen_random_uuid(), 'BACKLOG', 'REQUIREMENTS', 1, 2),
                ($1, 2, gen_random_uuid(), 'REQUIREMENTS', 'DESIGN', 1, 3)`,
      [cast.moved],
    );
    await client.query(`UPDATE tickets SET version = 2 WHERE id = $1`, [cast.new]);
    await up();
    const { rows } = await client.query(
      `SELECT version, type, sequence, changes FROM ticket_events WHERE ticket_id = $1 ORDER BY version`,
      [cast.new],
    );
    expect(rows).toEqual([
      { version: 1, type: 'created', sequence: null, changes: null },
      { version: 2, type: 'edited', sequence: null, changes: null },
    ]);
    const gaps = await client.query(
      `SELECT id FROM tickets WHERE version <> (SELECT count(*) FROM ticket_events WHERE ticket_id = id)`,
    );
    expect(gaps.rows).toEqual([]);
    const before = await readTickets('*');
    await down(NAMES.length - 2);
    expect(await readTickets('*')).toEqual(before);
    expect(await up()).toEqual(NAMES.slice(2));
  });
});

describe('The migration Workflows', () => {
  const define = [
    `INSERT INTO workflows (key) VALUES ('chores')`,
    insertGraph(1, definitionOf(3, 'chores'), 'chores'),
    `INSERT INTO graph_edges SELECT id, 'BACKLOG', 'SHIP' FROM graphs WHERE workflow = 'chores'`,
  ];

  async function defineChores(): Promise<void> {
    await client.query(['BEGIN', ...define, 'COMMIT'].join(';'));
  }

  it('drops only the definitions when it is reverted', async () => {
    await up();
    await createTickets();
    const edges = () => client.query('SELECT * FROM graph_edges ORDER BY graph_id, from_phase, to_phase');
    const before = [await readTickets('*'), (await edges()).rows];
    await defineChores();
    await down(NAMES.length - 3);
    expect([await readTickets('*'), (await edges()).rows]).toEqual(before);
    expect(await up()).toEqual(NAMES.slice(3));
    expect([await readTickets('*'), (await edges()).rows]).toEqual(before);
  });

  it('cannot be reverted while tickets use workflows that would be lost', async () => {
    await up();
    await defineChores();
    const own = { ...(await createCast(client, false)), missing: randomUUID() };
    const graph = `(SELECT id FROM graphs WHERE workflow = 'chores')`;
    expect(await runTransaction(client, own, [create('missing', 'BACKLOG', graph)])).toBe('committed');
    await down(NAMES.length - 4);
    const before = [await readCatalog(client), await readTickets('*')];
    const failure = await down(1).then(
      () => 'nothing',
      (error: Error) => error.message,
    );
    expect(failure.split('\n')).toEqual([
      'Some tickets use, or have used, workflows that the older version does not support:',
      '  chores: 1 ticket(s)',
    ]);
    expect([await readCatalog(client), await readTickets('*')]).toEqual(before);
  });
});

describe('The migration StrictConstraints', () => {
  /** Workflows of the released schema, whose definitions only SQL can have inserted. */
  const BROKEN = {
    nul: String.raw`{"key": "nul", "phases": [{"id": "\u0000"}]}`,
    list: '[1]',
    object: '{"key": "object", "phases": {}}',
    nameless: '{"key": "nameless", "initial": [], "transitions": [], "phases": [{"category": "todo"}]}',
  };
  const insertPlan = `
    INSERT INTO graphs (workflow, version, kind, from_graph_id, to_graph_id, created_at)
      SELECT 'chores 1→2', 1, 'migration', start.id, goal.id, '2026-01-02Z' FROM graphs start, graphs goal
       WHERE start.workflow = 'chores' AND start.version = 1 AND goal.workflow = 'chores' AND goal.version = 2`;

  async function releasedSchema(): Promise<void> {
    await up();
    await down(2);
    const statements = [
      insertGraph(1, definitionOf(2, 'chores'), 'chores'),
      insertGraph(2, definitionOf(3, 'chores'), 'chores'),
      `INSERT INTO graph_edges SELECT id, edge->>'from', edge->>'to'
         FROM graphs, json_array_elements(definition->'transitions') AS edge WHERE workflow = 'chores'`,
      insertPlan,
      `INSERT INTO graph_edges SELECT id, 'BACKLOG', 'BACKLOG' FROM graphs WHERE kind = 'migration'`,
    ];
    await client.query(['BEGIN', `INSERT INTO workflows (key) VALUES ('chores')`, ...statements, 'COMMIT'].join(';'));
  }

  it('derives the phases of existing versions and adds the runs of plans', async () => {
    await releasedSchema();
    expect(await up()).toEqual(NAMES.slice(5));
    const phases = await client.query(
      `SELECT version, phase_id, category, position, initial FROM graph_phases JOIN graphs ON graphs.id = graph_id
        WHERE workflow = 'chores' ORDER BY version, position`,
    );
    expect(phases.rows).toEqual([
      { version: 1, phase_id: 'BACKLOG', category: 'todo', position: 1, initial: true },
      { version: 1, phase_id: 'BUILD', category: 'active', position: 2, initial: false },
      { version: 1, phase_id: 'SHIP', category: 'done', position: 3, initial: false },
      { version: 2, phase_id: 'BACKLOG', category: 'todo', position: 1, initial: true },
      { version: 2, phase_id: 'SHIP', category: 'done', position: 2, initial: false },
    ]);
    const builtIn = await client.query('SELECT phase_id FROM graph_phases WHERE graph_id = 1 ORDER BY position');
    expect(builtIn.rows.map(({ phase_id }) => phase_id)).toEqual(Object.values(Phase));
    const runs = await client.query(
      `SELECT plan.workflow AS plan, run.tickets, run.moved, run.actor, run.created_at, run.finished_at
         FROM workflow_migrations run JOIN graphs plan ON plan.id = plan_id`,
    );
    const at = new Date('2026-01-02Z');
    const plan = 'chores 1→2';
    expect(runs.rows).toEqual([{ plan, tickets: 0, moved: 0, actor: 'system', created_at: at, finished_at: at }]);
    expect((await verifyDatabase(database.url)).findings).toEqual([]);
  });

  it('keeps broken definitions, which verify reports, and checks new ones', async () => {
    await releasedSchema();
    for (const [key, definition] of Object.entries(BROKEN)) {
      await client.query('INSERT INTO workflows (key) VALUES ($1)', [key]);
      await client.query(insertGraph(1, definition, key));
    }
    expect(await up()).toEqual(NAMES.slice(5));
    const { findings } = await verifyDatabase(database.url);
    expect(findings.map(({ code }) => code)).toEqual(Object.keys(BROKEN).map(() => 'definition_mismatch'));
    await expect(client.query(insertGraph(2, BROKEN.object, 'object'))).rejects.toThrow('graphs_definition_check');
    await down(2);
    expect(await up()).toEqual(NAMES.slice(5));
  });
});

describe('The migration ApiKeyRotation', () => {
  it('derives the events of keys that exist', async () => {
    await up();
    await down(1);
    await client.query(`
      INSERT INTO api_keys (id, name, prefix, hash, actor_kind, role, created_at, revoked_at) VALUES
        (gen_random_uuid(), 'used', 'pl_a', sha256('a'), 'agent', 'worker', '2026-01-01Z', NULL),
        (gen_random_uuid(), 'gone', 'pl_b', sha256('b'), 'agent', 'worker', '2026-01-02Z', '2026-01-03Z')`);
    expect(await up()).toEqual(NAMES.slice(-1));
    const { rows } = await client.query(
      'SELECT name, type, actor, api_key_events.actor_kind, at FROM api_key_events JOIN api_keys ON api_keys.id = api_key_id ORDER BY at',
    );
    const bySystem = { actor: 'system', actor_kind: 'system' };
    expect(rows).toEqual([
      { name: 'used', type: 'created', ...bySystem, at: new Date('2026-01-01Z') },
      { name: 'gone', type: 'created', ...bySystem, at: new Date('2026-01-02Z') },
      { name: 'gone', type: 'revoked', ...bySystem, at: new Date('2026-01-03Z') },
    ]);
  });
});

describe('migrate()', () => {
  async function recorded(): Promise<unknown[]> {
    return (await client.query('SELECT * FROM migrations ORDER BY id')).rows;
  }

  it('runs each migration once when eight processes begin at the same time', async () => {
    const results = await Promise.all(Array.from({ length: 8 }, up));
    expect(results.filter((names) => names.length > 0)).toEqual([NAMES]);
    expect(await recorded()).toEqual([
      { id: 1, timestamp: '1700000000000', name: NAMES[0] },
      { id: 2, timestamp: '1700000001000', name: NAMES[1] },
      { id: 3, timestamp: '1700000002000', name: NAMES[2] },
      { id: 4, timestamp: '1700000003000', name: NAMES[3] },
      { id: 5, timestamp: '1700000004000', name: NAMES[4] },
      { id: 6, timestamp: '1700000005000', name: NAMES[5] },
      { id: 7, timestamp: '1700000006000', name: NAMES[6] },
    ]);
  });

  it('runs each migration once on a database with serializable transactions', async () => {
    const name = new URL(database.url).pathname.slice(1);
    await client.query(`ALTER DATABASE ${name} SET default_transaction_isolation = 'serializable'`);
    const results = await Promise.all(Array.from({ length: 3 }, up));
    expect(results.filter((names) => names.length > 0)).toEqual([NAMES]);
  });

  it('does nothing on a current database', async () => {
    await up();
    await createTickets();
    const before = [await readCatalog(client), await readTickets('*'), await recorded()];
    expect(await up()).toEqual([]);
    expect([await readCatalog(client), await readTickets('*'), await recorded()]).toEqual(before);
  });

  it('can be reverted down to an empty database', async () => {
    await up();
    await createTickets();
    await down(NAMES.length);
    const { relations, functions } = await readCatalog(client);
    expect(relations!.filter((relation) => !/migrations|PK_/.test(relation))).toEqual([]);
    expect(functions).toEqual([]);
  });
});

describe('A database of a newer version', () => {
  it('is rejected and stays unchanged', async () => {
    await up();
    await client.query(`INSERT INTO migrations (timestamp, name) VALUES (9999999999999, 'Sagas9999999999999')`);
    const before = await readCatalog(client);
    await expect(up()).rejects.toThrow('This database is of a newer version: it has Sagas9999999999999. Use the');
    await expect(upToFirst()).rejects.toThrow(/has PhaseWorkflow1700000001000, .*, Sagas9999999999999/);
    expect(await readCatalog(client)).toEqual(before);
  });
});
