import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../ormconfig';
import { migrate } from '../../src/database/migrate';
import { processesOf } from '../../testkit/child-application';
import { postmasterOf } from '../../testkit/cluster';
import { ask, ClusterDirectories } from '../../testkit/cluster-directories';
import { createTestDatabase, type TestDatabase } from '../../testkit/database';
import { eventually } from '../../testkit/eventually';
import { WAITING_FOR_ME } from '../../testkit/waiting';
import { corrupt, insertSoundTicket } from './sound-tickets';

const PROGRAM = join(__dirname, '../../dist/src/verify/main.js');
const FOUND = 1;
const FAILED = 2;
const INTERRUPTED = 130;

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A working directory without an .env file. */
let directory: string;
let database: TestDatabase;
let id: string;
beforeAll(async () => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'phaseline-verify-')));
  database = await createTestDatabase();
  id = await insertSoundTicket(database, 'BACKLOG', 'REQUIREMENTS', 'edited', 'DESIGN');
  await insertSoundTicket(database, 'BACKLOG');
});
afterAll(async () => {
  await database.drop();
  rmSync(directory, { recursive: true, force: true });
});

async function verify(
  args: readonly string[],
  environment: Record<string, string> = {},
  onStart?: (child: ChildProcess) => void,
): Promise<Run> {
  const { DATABASE_URL: _, DATA_DIR: __, ...inherited } = process.env;
  const env = { ...inherited, DB_WAIT_SECONDS: '0', ...environment };
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: directory, env, stdio: ['ignore', 'pipe', 'pipe'] });
  onStart?.(child);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (chunk) => (output[name] += chunk));
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...output };
}

const onDatabase = (...args: string[]): Promise<Run> => verify(args, { DATABASE_URL: database.url });

async function isStatementWaiting(): Promise<boolean> {
  return (await database.query(WAITING_FOR_ME)).length > 0;
}

/** Returns a digest of all rows and their versions. An UPDATE without a change alters it, too. */
async function digest(): Promise<string> {
  const tables = await database.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
  );
  const digests: string[] = [];
  for (const { name } of tables) {
    const rows = `md5(coalesce(string_agg(concat_ws(' ', row.xmin, row.ctid, row::text), ',' ORDER BY row.ctid), ''))`;
    const [found] = await database.query<{ md5: string }>(`SELECT ${rows} AS md5 FROM ${name} AS row`);
    digests.push(`${name} ${found!.md5}`);
  }
  return digests.join('\n');
}

describe('npm run verify on a sound database', () => {
  it('exits with 0, prints the counts, and changes no row', async () => {
    const before = await digest();
    const { code, stdout, stderr } = await onDatabase();
    expect(stderr).toMatch(/^Auditing \S+ \(DATABASE_URL\)\n$/);
    expect(stdout).toMatch(
      /tickets +2\n +transitions +2\n +events +5\n +round trips +\d+\n +seconds +[\d.]+\n +findings +0\n/,
    );
    expect(stdout).toContain('No findings');
    expect(code).toBe(0);
    expect(await digest()).toBe(before);
  });

  it('prints one JSON object with --json', async () => {
    const { code, stdout } = await onDatabase('--json');
    expect(JSON.parse(stdout)).toMatchObject({ sound: true, tickets: 2, moves: 2, events: 5, findings: [] });
    expect(code).toBe(0);
  });

  it('audits the database of --database-url instead of DATABASE_URL and does not print its password', async () => {
    const run = await verify(['--database-url', database.url], { DATABASE_URL: 'postgres://unknown@127.0.0.1:1/x' });
    expect(run.code).toBe(0);
    expect(run.stdout + run.stderr).not.toContain(new URL(database.url).password);
  });

  it('exits with 130 if it is interrupted during a statement', async () => {
    await database.query('BEGIN');
    await database.query('LOCK TABLE phase_history IN ACCESS EXCLUSIVE MODE');
    const run = await verify(['--json', '--database-url', database.url], {}, (child) => {
      void eventually(isStatementWaiting).then(() => child.kill('SIGINT'));
    });
    await database.query('ROLLBACK');
    expect(run).toEqual({ code: INTERRUPTED, stdout: '', stderr: expect.stringMatching(/\nverify: interrupted\n$/) });
  });
});

describe('npm run verify on a corrupted database', () => {
  beforeAll(() => corrupt(database, `UPDATE tickets SET phase_id = 'DONE', version = 9 WHERE id = '${id}'`));
  afterAll(() => corrupt(database, `UPDATE tickets SET phase_id = 'DESIGN', version = 4 WHERE id = '${id}'`));

  it('exits with 1 and prints the findings', async () => {
    const before = await digest();
    const { code, stdout } = await onDatabase();
    expect(code).toBe(FOUND);
    expect(stdout).toMatch(/findings +2\n/);
    expect(stdout).toMatch(/Findings by code\n\n +event_missing +a version of the ticket has no event +1\n/);
    expect(stdout).toContain(`${id}  phase_mismatch  phase_id is DONE; `);
    expect(stdout).not.toContain('No findings');
    expect(await digest()).toBe(before);
  });

  it('lists as many findings as --show requests', async () => {
    const { stdout } = await onDatabase('--show', '1');
    expect(stdout).toContain('The first 1 findings');
    expect(stdout).not.toContain('Versions 5 to 9');
  });

  it('prints all findings with --json', async () => {
    const { code, stdout } = await onDatabase('--json');
    expect(code).toBe(FOUND);
    expect(JSON.parse(stdout)).toMatchObject({
      sound: false,
      findings_total: 2,
      findings_by_code: { event_missing: 1, phase_mismatch: 1 },
      findings: [
        { code: 'phase_mismatch', ticket_id: id },
        { code: 'event_missing', ticket_id: id, detail: 'Versions 5 to 9 have no event.' },
      ],
    });
  });
});

describe('npm run verify on a database that it cannot audit', () => {
  let other: TestDatabase;
  beforeEach(async () => (other = await createTestDatabase('template0')));
  afterEach(() => other.drop());

  const refused = async (args: string[], environment?: Record<string, string>): Promise<string> => {
    const { code, stdout, stderr } = await verify(args, environment);
    expect({ code, stdout }).toEqual({ code: FAILED, stdout: '' });
    return stderr;
  };

  it('exits with 2 on an empty database and leaves it empty', async () => {
    expect(await refused(['--database-url', other.url])).toMatch(/verify: This database has no tickets of Phaseline/);
    expect(await other.query(`SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace`)).toEqual([]);
  });

  it('exits with 2 on a database of an older version and does not migrate it', async () => {
    await migrate(dataSourceOptions(other.url));
    const dataSource = await new DataSource(dataSourceOptions(other.url)).initialize();
    await dataSource.undoLastMigration();
    await dataSource.destroy();
    const before = await other.query('SELECT name FROM migrations ORDER BY id');
    expect(await refused(['--database-url', other.url])).toMatch(
      /verify: This database is of an older version: it lacks \w+\. Start this version/,
    );
    expect(await other.query('SELECT name FROM migrations ORDER BY id')).toEqual(before);
  });

  it('exits with 2 on a database of a newer version', async () => {
    await migrate(dataSourceOptions(other.url));
    await other.query(`INSERT INTO migrations (timestamp, name) VALUES (9999999999999, 'Later9999999999999')`);
    expect(await refused(['--database-url', other.url])).toMatch(
      /verify: This database is of a newer version: it has Later9999999999999\./,
    );
  });

  it('exits with 2 if no server answers', async () => {
    expect(await refused([], { DATABASE_URL: 'postgres://unknown:secret@127.0.0.1:1/x' })).toMatch(
      /^verify: Gave up after 0 s on the database at 127\.0\.0\.1:1\/x: (?!.*secret)/,
    );
  });

  it('exits with 2 if the data directory does not exist and does not create it', async () => {
    const missing = join(directory, 'missing');
    expect(await refused(['--data-dir', missing])).toContain(`verify: There is no database in ${missing}.`);
    expect(existsSync(missing)).toBe(false);
  });

  it.each([
    [['--frequently'], /unknown option/],
    [['--show', 'all'], /expected a whole number/],
    [['--data-dir', 'x', '--database-url', 'postgres://x/y'], /cannot be used with option/],
    [['--database-url', 'mysql://x/y'], /DATABASE_URL must be a postgres:\/\/ URL/],
  ])('exits with 2 on the arguments %j', async (args, message) => expect(await refused(args)).toMatch(message));

  it('prints its options and exit codes with --help', async () => {
    const { code, stdout } = await verify(['--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('Exit code: 0 no findings');
  });
});

describe('npm run verify on a data directory', () => {
  const clusters = new ClusterDirectories();
  let dataDir: string;
  beforeAll(async () => {
    await clusters.makeOriginal();
    dataDir = clusters.made();
    const server = await clusters.start(dataDir);
    await migrate(dataSourceOptions(server.url));
    await clusters.endAll();
  });
  afterAll(async () => {
    await clusters.endAll();
    clusters.remove();
  });

  it('starts the server and stops it afterwards', async () => {
    const { code, stdout, stderr } = await verify(['--json', '--data-dir', dataDir]);
    expect(JSON.parse(stdout)).toMatchObject({ sound: true, tickets: 0 });
    expect(stderr).toMatch(/Auditing \S+ \(embedded PostgreSQL \S+\)/);
    expect(code).toBe(0);
    expect(processesOf(dataDir)).toEqual([]);
  });

  it('uses a running server and leaves it running', async () => {
    const server = await clusters.start(dataDir);
    const postmaster = postmasterOf(dataDir);
    expect((await verify([], { DATA_DIR: dataDir })).code).toBe(0);
    expect(postmasterOf(dataDir)).toBe(postmaster);
    expect(await ask(server.url, 'SELECT 1')).toEqual([[1]]);
  });

  it('exits with 1 on findings beside a running server', async () => {
    const server = await clusters.start(dataDir);
    await ask(
      server.url,
      `ALTER TABLE ticket_events DISABLE TRIGGER USER;
       INSERT INTO ticket_events (ticket_id, version, type) VALUES (gen_random_uuid(), 1, 'created')`,
    );
    const { code, stdout } = await verify(['--json', '--data-dir', dataDir]);
    expect([code, JSON.parse(stdout)]).toEqual([1, expect.objectContaining({ sound: false })]);
  });
});
