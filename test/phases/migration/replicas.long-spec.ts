import { DataSource } from 'typeorm';
import { MigrationWorker } from '../../../src/phases/migration/migration-worker';
import { verifyDatabase } from '../../../src/verify/verify-database';
import { startTestApp, type TestApp } from '../../../testkit/app';
import { createTestDatabase, type TestDatabase } from '../../../testkit/database';
import { eventually } from '../../../testkit/eventually';
import { fillChores } from '../../../testkit/chores';
import { finished, LATER_CHORES, startMigration, type Migration } from '../../../testkit/migrations';
import { startServerProcess, type ServerProcess } from '../../../testkit/server-process';
import { CHORES, defineWorkflow } from '../../../testkit/workflows';

const TICKETS = 3_000;

/** Every ticket is in `open`, and its migration writes a history row. */
const PLAN = { from_version: 1, to_version: 2, phases: { open: 'triaged', doing: 'building', dropped: 'done' } };

let database: TestDatabase;
beforeEach(async () => (database = await createTestDatabase()));
afterEach(() => database.drop());

describe('A migration whose server is killed', () => {
  it('is continued by the next server, which migrates each ticket once', async () => {
    let server = await startServerProcess({ DATABASE_URL: database.url });
    const run = await startRun(server);
    for (const [at, signal] of [
      [300, 'SIGKILL'],
      [900, 'SIGTERM'],
      [1_500, 'SIGKILL'],
    ] as const) {
      await eventually(async () => (await countMoved()) >= at);
      expect(await server.stop(signal)).toBe(signal === 'SIGTERM' ? 0 : signal);
      await eventually(hasNoConnections);
      const rows = await database.query(`SELECT FROM phase_history WHERE kind = 'migration'`);
      const moved = await countMoved();
      expect([rows.length, moved < TICKETS]).toEqual([moved, true]);
      server = await startServerProcess({ DATABASE_URL: database.url });
    }
    const ended = await eventually(async () => {
      const migration = await request(server, 'GET', `/workflows/chores/migrations/${run.id}`);
      return migration.state === 'finished' && migration;
    });
    expect(ended).toMatchObject({ tickets: TICKETS, done: TICKETS, moved: TICKETS, kept: 0, skipped: 0 });
    await expectEachMigratedOnce();
    expect(await server.stop()).toBe(0);
  });

  async function startRun(server: ServerProcess): Promise<Migration> {
    await request(server, 'POST', '/workflows', CHORES);
    await request(server, 'POST', '/workflows', LATER_CHORES);
    await fillChores(database, TICKETS);
    return request(server, 'POST', '/workflows/chores/migrations', PLAN);
  }

  async function countMoved(): Promise<number> {
    const [row] = await database.query<{ moved: number }>('SELECT moved FROM workflow_migrations');
    return row!.moved;
  }

  /** The transactions of a killed server have ended when its connections have. */
  async function hasNoConnections(): Promise<boolean> {
    const connections = await database.query(
      'SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    return connections.length === 0;
  }
});

describe('Two replicas', () => {
  it('take turns with the batches of one migration and migrate each ticket once', async () => {
    const apps = [await startTestApp(database), await startTestApp(database)] as const;
    for (const definition of [CHORES, LATER_CHORES]) await defineWorkflow(apps[0], definition);
    await fillChores(database, TICKETS);
    const batches = apps.map(countBatches);
    const run = await startMigration(apps[0], PLAN);
    const waking = setInterval(() => apps.forEach(({ nest }) => nest.get(MigrationWorker).wake()), 1);
    const ended = await finished(apps[1], run).finally(() => clearInterval(waking));
    expect(ended).toMatchObject({ done: TICKETS, moved: TICKETS });
    await expectEachMigratedOnce();
    for (const count of batches) expect(count()).toBeGreaterThan(2);
    for (const app of apps) await app.close();
  });

  /** @returns the number of batches that an application has written */
  function countBatches({ nest }: TestApp): () => number {
    let count = 0;
    const logQuery = (sql: string): void => void (sql.includes('UPDATE workflow_migrations') && count++);
    const quiet = () => undefined;
    nest.get(DataSource).logger = {
      logQuery,
      logQueryError: quiet,
      logQuerySlow: quiet,
      logSchemaBuild: quiet,
      logMigration: quiet,
      log: quiet,
    };
    return () => count;
  }
});

async function expectEachMigratedOnce(): Promise<void> {
  expect((await verifyDatabase(database.url)).findings).toEqual([]);
  const kinds = await database.query(`
    SELECT DISTINCT ticket.version, ticket.phase_id, ticket.transition_count, graphs.version AS workflow_version,
        (SELECT string_agg(type, ' ' ORDER BY version) FROM ticket_events WHERE ticket_id = ticket.id) AS events,
        (SELECT string_agg(kind, ' ') FROM phase_history WHERE ticket_id = ticket.id) AS moves
      FROM tickets ticket JOIN graphs ON graphs.id = graph_id`);
  const once = { version: 2, phase_id: 'triaged', transition_count: 1, workflow_version: 2 };
  expect(kinds).toEqual([{ ...once, events: 'created migrated', moves: 'migration' }]);
  expect(await database.query('SELECT FROM phase_history')).toHaveLength(TICKETS);
  const [{ deadlocks } = { deadlocks: '?' }] = await database.query<{ deadlocks: string }>(
    'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
  );
  expect(deadlocks).toBe('0');
}

async function request(server: ServerProcess, method: string, path: string, body?: object): Promise<Migration> {
  const headers = body === undefined ? undefined : { 'content-type': 'application/json' };
  const response = await fetch(`${server.origin}/api/v1${path}`, {
    method,
    headers,
    body: body && JSON.stringify(body),
  });
  expect([path, response.status < 300]).toEqual([path, true]);
  return response.json() as Promise<Migration>;
}
