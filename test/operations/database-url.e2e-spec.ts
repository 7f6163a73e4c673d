import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../../testkit/run-program';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'phaseline-url-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const PROGRAMS = [
  ['src/main.js', []],
  ['src/transfer/import/main.js', [join(__dirname, '../../examples/sample-log.csv'), '--source', 'x']],
  ['src/transfer/export/main.js', []],
  ['src/verify/main.js', []],
  ['src/database/migration-command/main.js', ['migration:show']],
] as const;

/** The parts of each password are words that no message contains. */
const URLS = [
  'postgres://app:hunter%zebra@127.0.0.1:9/tickets',
  'postgres://app:hunter@zebra@127.0.0.1:9/tickets',
  'postgres://app:9/zebra@127.0.0.1:9/tickets',
];

describe.each(PROGRAMS)('%s', (program, args) => {
  it.each(URLS)('explains the URL %s in one line, without a stack and without the password', async (url) => {
    const { code, stdout, stderr } = await runProgram(program, args, { cwd: directory, env: { DATABASE_URL: url } });
    expect(code).not.toBe(0);
    const lines = stderr.split('\n').filter((line) => line.includes('DATABASE_URL'));
    expect(lines).toEqual([expect.stringMatching(/DATABASE_URL (has|must be) /)]);
    expect(stdout + stderr).not.toMatch(/hunter|zebra|^\s+at /m);
  });
});
