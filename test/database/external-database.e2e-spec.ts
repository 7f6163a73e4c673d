import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TABLES } from '../../src/database/external-database';
import { query } from '../../testkit/cluster';
import { createTestDatabase, databaseUrl, TEMPLATE, type TestDatabase } from '../../testkit/database';
import { runProgram } from '../../testkit/run-program';
import { startServerProcess } from '../../testkit/server-process';

const admin = databaseUrl('postgres');
const name = `phaseline_external_${randomUUID().slice(0, 8)}`;
const role = `${name}_role`;
const ofRole = (): string => {
  const url = new URL(databaseUrl(name));
  url.username = role;
  url.password = 'secret-of-role';
  return url.toString();
};
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'phaseline-external-'));
});
beforeEach(() => query(admin, `CREATE ROLE ${role} LOGIN PASSWORD 'secret-of-role'`));
afterEach(async () => {
  await query(admin, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await query(admin, `DROP ROLE ${role}`);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const create = (options: string): Promise<unknown> => query(admin, `CREATE DATABASE ${name} ${options}`);

/** Starts the server, which refuses the database. Returns what it prints to standard error. */
async function refusal(url: string): Promise<string> {
  const env = { DATABASE_URL: url, PORT: '0' };
  const { code, stdout, stderr } = await runProgram('src/main.js', [], { cwd: directory, env });
  expect([code, stdout.includes('Phaseline is ready')]).toEqual([1, false]);
  expect(stderr).not.toMatch(/^\s+at |secret/m);
  return stderr;
}

/** Starts the server, creates a ticket and stops. Returns the schemas that hold tickets. */
async function use(url: string): Promise<string[]> {
  const server = await startServerProcess({ DATABASE_URL: url });
  try {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"title":"Ticket"}' };
    expect((await fetch(`${server.origin}/api/v1/tickets`, init)).status).toBe(201);
  } finally {
    await server.stop();
  }
  const sql = `SELECT schemaname AS schema FROM pg_tables WHERE tablename = 'tickets' ORDER BY 1`;
  return (await query<{ schema: string }>(databaseUrl(name), sql)).map(({ schema }) => schema);
}

describe('A start on a database of DATABASE_URL', () => {
  it.each(['LATIN1', 'SQL_ASCII'])('rejects the encoding %s', async (encoding) => {
    await create(`ENCODING '${encoding}' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`);
    expect(await refusal(databaseUrl(name))).toMatch(
      new RegExp(`/${name}:\n  - Its encoding is ${encoding}, .*ENCODING 'UTF8' TEMPLATE template0`),
    );
  });

  it.each([
    [`ALTER DATABASE ${name} SET synchronous_commit = off`, `ALTER DATABASE ${name} RESET synchronous_commit`],
    [`ALTER ROLE ${role} SET synchronous_commit = off`, `ALTER ROLE ${role} RESET synchronous_commit`],
  ])('rejects %s, with the command that undoes it', async (setting, remedy) => {
    await create(`OWNER ${role}`);
    await query(admin, setting);
    expect(await refusal(ofRole())).toContain(`Set it to on: ${remedy}.`);
    await query(admin, remedy);
    expect(await use(ofRole())).toEqual(['public']);
  });

  it('names the GRANT for a role that may not create tables, which then suffices', async () => {
    await create('TEMPLATE template0');
    const text = await refusal(ofRole());
    expect(text).toContain('permission denied for schema public');
    const grant = /GRANT USAGE, CREATE ON SCHEMA \w+ TO \w+/.exec(text)?.[0] ?? '';
    await query(databaseUrl(name), grant);
    expect(await use(ofRole())).toEqual(['public']);
  });

  it('names the GRANT for a role without rights on the tables, which then suffices', async () => {
    await create(`TEMPLATE ${TEMPLATE}`);
    const text = await refusal(ofRole());
    expect(text).toMatch(/permission denied for the tables public\.api_key_events, .*public\.workflows\./);
    const grant = /GRANT SELECT, INSERT, UPDATE, DELETE ON [^;]* TO \w+/.exec(text)?.[0] ?? '';
    await query(databaseUrl(name), grant);
    expect(await use(ofRole())).toEqual(['public']);
  });

  it('names the owner who can migrate an older database', async () => {
    await create(`TEMPLATE ${TEMPLATE}`);
    await query(databaseUrl(name), `GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role}`);
    await query(databaseUrl(name), `DELETE FROM migrations WHERE id = (SELECT max(id) FROM migrations)`);
    expect(await refusal(ofRole())).toMatch(
      /(permission denied|must be owner).*npm run migration.* as the owner of the tables/s,
    );
  });

  it('names what is wrong with a login', async () => {
    await create('TEMPLATE template0');
    expect(await refusal(ofRole().replace('secret-of-role', 'secret-no'))).toContain(
      'Correct the user name or the password',
    );
    expect(await refusal(ofRole().replace(new RegExp(`/${name}(?=\\?|$)`), '/absent'))).toContain(
      'Create the database, or correct its name',
    );
    await query(admin, `REVOKE CONNECT ON DATABASE ${name} FROM PUBLIC`);
    expect(await refusal(ofRole())).toContain('GRANT CONNECT ON DATABASE');
  });

  it('finds its tables again when the search_path of the role has changed', async () => {
    await create(`OWNER ${role}`);
    const url = ofRole();
    expect(await use(url)).toEqual(['public']);
    await query(databaseUrl(name), `CREATE SCHEMA other AUTHORIZATION ${role}`);
    for (const path of ['other', "''", 'absent']) {
      await query(admin, `ALTER ROLE ${role} SET search_path = ${path}`);
      expect(await use(url)).toEqual(['public']);
    }
    const { code, stdout } = await runProgram('src/transfer/export/main.js', [], {
      cwd: directory,
      env: { DATABASE_URL: url },
    });
    expect([code, stdout.match(/"type":"ticket"/g)?.length]).toEqual([0, 4]);
  });

  it('creates its tables where the search_path of the role leads, and asks when several schemas hold tables', async () => {
    await create(`OWNER ${role}`);
    for (const schema of ['one', 'two'])
      await query(databaseUrl(name), `CREATE SCHEMA ${schema} AUTHORIZATION ${role}`);
    await query(admin, `ALTER ROLE ${role} SET search_path = one`);
    expect(await use(ofRole())).toEqual(['one']);
    const url = new URL(ofRole());
    url.searchParams.set('search_path', 'two');
    expect(await use(url.toString())).toEqual(['one', 'two']);
    await query(admin, `ALTER ROLE ${role} SET search_path = public`);
    expect(await refusal(ofRole())).toContain('The schemas one, two all hold tables of Phaseline.');
  });
});

describe('The tables whose rights are checked', () => {
  let database: TestDatabase;
  beforeAll(async () => void (database = await createTestDatabase()));
  afterAll(() => database.drop());

  it('are all tables of the schema', async () => {
    const rows = await database.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    expect(rows.map((row) => row.name).filter((table) => !TABLES.includes(table))).toEqual([]);
  });
});
