import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportDatabase } from '../../../src/transfer/export/export-database';
import { createTestDatabase, type TestDatabase } from '../../../testkit/database';
import { eventually } from '../../../testkit/eventually';
import { runProgram, type Run, type RunOptions } from '../../../testkit/run-program';
import { WAITING_FOR_ME } from '../../../testkit/waiting';
import { createWorld } from './world';

const FAILED = 2;
const INTERRUPTED = 130;

let directory: string;
let database: TestDatabase;
let whole = '';
beforeAll(async () => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'phaseline-export-')));
  ({ database } = await createWorld());
  for await (const block of exportDatabase(database.url)) whole += block;
});
afterAll(async () => {
  await database.drop();
  rmSync(directory, { recursive: true, force: true });
});

function run(args: readonly string[], url = database.url, onStart?: RunOptions['onStart']): Promise<Run> {
  const env = { DATABASE_URL: url };
  return runProgram('src/transfer/export/main.js', args, { cwd: directory, env, ...(onStart && { onStart }) });
}

describe('npm run export', () => {
  it('prints the export and nothing else, and says on stderr what is in it', async () => {
    const { code, stdout, stderr } = await run([]);
    expect(stdout).toBe(whole);
    expect(stderr).toMatch(
      /^Reading \S+ \(DATABASE_URL\)\nExported 3 projects, 3 workflows, 5 graphs, 9 tickets, 19 moves, 35 events\.\n$/,
    );
    expect(code).toBe(0);
  });

  it('takes its filters from the command line, and times with any offset', async () => {
    const { code, stdout } = await run([
      '--project',
      'website',
      '--workflow',
      'sdlc',
      '--since',
      '2026-01-01T01:00:00+01:00',
    ]);
    const header = { type: 'phaseline_export', version: 1, project: 'website', workflow: 'sdlc' };
    expect(JSON.parse(stdout.split('\n')[0]!)).toEqual({ ...header, since: '2026-01-01T00:00:00.000Z' });
    expect([code, stdout.match(/"type":"ticket"/g)?.length]).toEqual([0, 1]);
  });

  it.each([
    [['--since', 'yesterday'], /'yesterday' is invalid. expected a time such as 2026-01-31T12:00:00Z/],
    [['--since', '2026-02-30T00:00:00Z'], /expected a time/],
    [['--projekt', 'x'], /unknown option '--projekt'/],
    [['website'], /too many arguments/],
    [
      ['--project', 'x'],
      /^Reading .*\nexport: The project "x" does not exist\. Existing projects: default, empty, website\.\n$/,
    ],
  ])('ends with 2 on %j', async (args, message) => {
    const { code, stdout, stderr } = await run(args);
    expect([code, stdout]).toEqual([FAILED, '']);
    expect(stderr).toMatch(message);
  });

  it('refuses a database that is not of its version', async () => {
    const empty = await createTestDatabase('template0');
    try {
      const { code, stderr } = await run([], empty.url);
      expect([code, stderr]).toEqual([
        FAILED,
        expect.stringContaining('export: This database has no tickets of Phaseline'),
      ]);
    } finally {
      await empty.drop();
    }
  });

  it('ends when the reader closes the output', async () => {
    const { code, stderr } = await run([], database.url, (child) => child.stdout!.destroy());
    expect([code, stderr]).toEqual([FAILED, expect.stringContaining('export: the reader closed the output')]);
  });
});

describe('npm run export -- --output', () => {
  const file = (): string => join(directory, 'out.jsonl');

  it('writes the file in the place of an older one, and nothing beside it', async () => {
    writeFileSync(file(), 'older');
    const { code, stdout, stderr } = await run(['--output', file()]);
    expect([code, stdout, readFileSync(file(), 'utf8')]).toEqual([0, '', whole]);
    expect(stderr).toContain(`35 events to ${file()}.\n`);
    expect(readdirSync(directory)).toEqual(['out.jsonl']);
  });

  it('leaves the older file as it is when the export fails, and nothing beside it', async () => {
    writeFileSync(file(), 'older');
    const { code } = await run(['--output', file(), '--project', 'x']);
    expect([code, readFileSync(file(), 'utf8'), readdirSync(directory)]).toEqual([FAILED, 'older', ['out.jsonl']]);
  });

  it.each([
    ['.', /cannot write \.: it exists and is not a regular file/],
    ['nowhere/out.jsonl', /export: ENOENT/],
  ])('refuses %s', async (path, message) => {
    const { code, stderr } = await run(['--output', path]);
    expect([code, stderr]).toEqual([FAILED, expect.stringMatching(message)]);
  });

  it('removes what it has written when it is interrupted', async () => {
    writeFileSync(file(), 'older');
    await database.query('BEGIN');
    await database.query('LOCK TABLE phase_history IN ACCESS EXCLUSIVE MODE');
    let child: ChildProcess | undefined;
    const running = run(['--output', file()], database.url, (started) => (child = started));
    await eventually(async () => (await database.query(WAITING_FOR_ME)).length > 0);
    expect(readdirSync(directory)).toEqual([expect.stringMatching(/\.unfinished$/), 'out.jsonl']);
    child!.kill('SIGINT');
    const { code, stderr } = await running;
    await database.query('ROLLBACK');
    expect([code, stderr]).toEqual([INTERRUPTED, expect.stringContaining('export: interrupted')]);
    expect([readFileSync(file(), 'utf8'), readdirSync(directory)]).toEqual(['older', ['out.jsonl']]);
  });
});
