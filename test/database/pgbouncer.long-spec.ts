import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../ormconfig';
import { findPoolMode } from '../../src/database/find-pool-mode';
import { migrate } from '../../src/database/migrate';
import { verifyDatabase } from '../../src/verify/verify-database';
import { query, withClient } from '../../testkit/cluster';
import { HttpClient } from '../../testkit/http-client';
import { findPgBouncer, startPgBouncer, type PgBouncer, type PgBouncerProgram } from '../../testkit/pgbouncer';
import { PostgresProcess } from '../../testkit/postgres-process';
import { describeWith } from '../../testkit/requirements';
import { runProgram } from '../../testkit/run-program';
import { runServerProcess, startServerProcess, type ServerProcess } from '../../testkit/server-process';

const LOG = join(__dirname, '../../examples/sample-log.csv');
const LOG_WORKFLOW = join(__dirname, '../../examples/sample-log-workflow.json');

const installed = findPgBouncer();
const older = findPgBouncer('pgbouncer');
const newest = [installed, older].find((program) => (program?.version ?? 0) >= 1.21);
const oldest = [older, installed].find((program) => program !== undefined && program.version < 1.21);

let directory: string;
let postgres: PostgresProcess;
let direct: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'phaseline-pooled-'));
  chmodSync(directory, 0o755);
  postgres = await PostgresProcess.create(join(directory, 'server'));
  direct = postgres.urlOf('postgres');
});
afterAll(async () => {
  await postgres.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** Declares what holds behind a pooler. */
function declareFor(program: () => PgBouncerProgram, mode: 'session' | 'transaction', settings: string[]): void {
  let pooler: PgBouncer;
  let server: ServerProcess;
  const http = new HttpClient();
  const send = (method: string, path: string, body?: object, headers = {}) =>
    http.send(server.origin, { method, path: `/api/v1${path}`, body, headers });

  beforeAll(async () => {
    // Session limits of the role, which migrations and long reads must lift.
    await query(direct, `ALTER ROLE postgres SET statement_timeout = '3s'`);
    pooler = await startPgBouncer(program(), direct, [`pool_mode = ${mode}`, 'default_pool_size = 40', ...settings]);
    const urls = { DATABASE_URL: pooler.url, ...(mode === 'transaction' ? { DATABASE_DIRECT_URL: direct } : {}) };
    server = await startServerProcess(urls);
  });
  afterAll(async () => {
    expect(await server.stop()).toBe(0);
    http.close();
    await pooler.stop();
  });

  it('is recognised', async () => {
    expect([await findPoolMode(pooler.url, 5_000), await findPoolMode(direct, 5_000)]).toEqual([mode, 'direct']);
  });

  it('serves every kind of request', async () => {
    const tickets = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => (await send('POST', '/tickets', { title: `ticket ${n}` })).body['id']),
    );
    const moves = await Promise.all(
      tickets.map((id) =>
        send('POST', `/tickets/${id}/transition`, { to_phase: 'REQUIREMENTS' }, { 'idempotency-key': `move-${id}` }),
      ),
    );
    expect(new Set(moves.map(({ status }) => status))).toEqual(new Set([200]));
    const [first] = tickets;
    const again = await send(
      'POST',
      `/tickets/${first}/transition`,
      { to_phase: 'REQUIREMENTS' },
      { 'idempotency-key': `move-${first}` },
    );
    expect([again.status, again.headers['idempotent-replayed'], again.text]).toEqual([200, 'true', moves[0]?.text]);
    const items = tickets.map((ticket_id) => ({ ticket_id, to_phase: 'DESIGN' }));
    expect((await send('POST', '/transitions', { mode: 'atomic', items })).status).toBe(200);
    const answers = await Promise.all([
      send('PATCH', `/tickets/${first}`, { title: 'edited' }),
      send('GET', `/tickets/${first}/phase-history`),
      send('GET', '/tickets?limit=10'),
      send('GET', `/tickets/${first}/events`),
      send('GET', '/workflows'),
      http.send(server.origin, { method: 'GET', path: '/health/ready' }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    expect((await verifyDatabase(direct)).findings).toEqual([]);
  });

  it('keeps the limits of requests, and nothing stays behind on its sessions', async () => {
    const ticket = (await send('POST', '/tickets', { title: 'held' })).body['id'];
    await withClient(direct, async (holder) => {
      await holder.query('BEGIN');
      await holder.query('SELECT FROM tickets WHERE id = $1 FOR UPDATE', [ticket]);
      const answers = await Promise.all([
        send('PATCH', `/tickets/${ticket}`, { title: 'other' }),
        send('POST', `/tickets/${ticket}/transition`, { to_phase: 'REQUIREMENTS' }),
      ]);
      expect(answers.map(({ status, body }) => [status, body['code']])).toEqual([
        [503, 'busy'],
        [503, 'busy'],
      ]);
      await holder.query('ROLLBACK');
    });
    const source = await new DataSource(dataSourceOptions(pooler.url, 1)).initialize();
    const settings = `SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
      current_setting('transaction_read_only') AS reads_only, current_setting('bytea_output') AS bytes`;
    expect(await source.query(settings)).toEqual([{ statement: '4s', lock: '2s', reads_only: 'on', bytes: 'hex' }]);
    await expect(source.query('SELECT pg_sleep(60)')).rejects.toThrow('canceling statement due to statement timeout');
    await source.destroy();
    await findPoolMode(pooler.url, 5_000);
    await withClient(pooler.url, async (client) => {
      for (let n = 0; n < 5; n++) {
        expect((await client.query(settings)).rows[0]).toMatchObject({ statement: '3s', lock: '0', reads_only: 'off' });
      }
    });
  });

  it('does not limit migrations', async () => {
    await query(direct, 'CREATE DATABASE fresh');
    const url = new URL(mode === 'session' ? pooler.url : direct);
    url.pathname = 'fresh';
    await findPoolMode(url.toString(), 5_000);
    const options = dataSourceOptions(url.toString());
    const slow = class Slow1900000000000 {
      readonly name = 'Slow1900000000000';
      up = (runner: { query(sql: string): Promise<unknown> }) => runner.query('SELECT pg_sleep(5)');
      down = () => Promise.resolve();
    };
    await migrate(options);
    const migrations = [...(options.migrations as []), slow] as never;
    expect(await migrate({ ...options, migrations })).toEqual(['Slow1900000000000']);
    await query(direct, 'DROP DATABASE fresh WITH (FORCE)');
  });

  if (mode === 'session') {
    it('lets an import run, which leaves nothing behind', async () => {
      const run = await runProgram(
        'src/transfer/import/main.js',
        [LOG, '--workflow', LOG_WORKFLOW, '--database-url', pooler.url],
        { cwd: directory },
      );
      expect([run.code, run.stderr]).toEqual([0, expect.stringContaining('Importing')]);
      const sessions = Array.from({ length: 8 }, () =>
        withClient(pooler.url, async (client) => {
          const { rows } = await client.query(
            `SELECT current_setting('work_mem') AS work_mem, current_setting('enable_seqscan') AS seqscan,
                    (SELECT count(*)::int FROM pg_cursors) AS cursors,
                    (SELECT count(*)::int FROM pg_class WHERE relpersistence = 't') AS tables,
                    (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory') AS locks`,
          );
          await client.query('SELECT pg_sleep(0.2)');
          return rows[0];
        }),
      );
      for (const session of await Promise.all(sessions)) {
        expect(session).toEqual({ work_mem: '4MB', seqscan: 'on', cursors: 0, tables: 0, locks: 0 });
      }
    });
  } else {
    it('refuses an import without DATABASE_DIRECT_URL, and allows one with it', async () => {
      const args = [LOG, '--workflow', LOG_WORKFLOW];
      const refused = await runProgram('src/transfer/import/main.js', [...args, '--database-url', pooler.url], {
        cwd: directory,
      });
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('Set DATABASE_DIRECT_URL')]);
      const env = { DATABASE_URL: pooler.url, DATABASE_DIRECT_URL: direct };
      expect((await runProgram('src/transfer/import/main.js', args, { cwd: directory, env })).code).toBe(0);
    });
  }
}

const some = (program: PgBouncerProgram | undefined) => () => program as PgBouncerProgram;

describeWith({ name: 'pgbouncer', present: installed !== undefined }, 'PgBouncer in session mode', () => {
  // With this query instead of DISCARD ALL, settings, tables and cursors that a client leaves on a session stay there.
  declareFor(some(older ?? installed), 'session', ['server_reset_query = DEALLOCATE ALL']);
});

describeWith({ name: 'pgbouncer-1.21', present: newest !== undefined }, 'PgBouncer 1.21 in transaction mode', () => {
  declareFor(some(newest), 'transaction', ['max_prepared_statements = 200']);
});

describeWith({ name: 'pgbouncer', present: oldest !== undefined }, 'PgBouncer 1.18 in transaction mode', () => {
  it('is refused at the start, with a remedy', async () => {
    const pooler = await startPgBouncer(some(oldest)(), direct, ['pool_mode = transaction']);
    const { code, output } = await runServerProcess({ DATABASE_URL: pooler.url });
    await pooler.stop();
    expect([code, output]).toEqual([
      1,
      expect.stringContaining('does not track prepared statements. Use PgBouncer 1.21'),
    ]);
  });
});
