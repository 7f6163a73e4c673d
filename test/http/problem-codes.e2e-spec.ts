import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROBLEMS } from '../../src/http/problems/problem-status';
import { PROBLEM_CODES } from '../../src/problems/domain-error';
import { startTestApp, type TestApp } from '../../testkit/app';

/** Every code with its status, in order: `404 ticket_not_found`. */
const CODES = PROBLEM_CODES.map((code) => `${PROBLEMS[code].status} ${code}`).sort();

let app: TestApp;
beforeAll(async () => (app = await startTestApp()));
afterAll(() => app.close());

it('gives every code one status and a title', () => {
  expect(Object.keys(PROBLEMS).sort()).toEqual([...PROBLEM_CODES].sort());
  expect(new Set(PROBLEM_CODES).size).toBe(PROBLEM_CODES.length);
  for (const { status, title } of Object.values(PROBLEMS)) {
    expect([title, status >= 400 && status < 600]).toEqual([expect.stringMatching(/^[A-Z].*\w$/), true]);
  }
});

it('has every code in the OpenAPI document, under its status, and no other', () => {
  const operations = Object.values(app.document.paths).flatMap((item) => Object.values(item));
  const answers = [...operations.map(({ responses }) => responses), app.document.components!.responses!];
  const examples = answers.flatMap((responses) => Object.values(responses)).flatMap(examplesIn);
  expect([...new Set(examples.map(({ status, code }) => `${status} ${code}`))].sort()).toEqual(CODES);
  const schema = app.document.components!.schemas!['ProblemDto'] as { properties: { code: { enum: string[] } } };
  expect([...schema.properties.code.enum].sort()).toEqual([...PROBLEM_CODES].sort());
});

it('has every code in the table of the README, under its status, and no other', () => {
  expect(readmeCodes().sort()).toEqual(CODES);
});

function examplesIn(answer: unknown): { status: number; code: string }[] {
  const { content = {} } = answer as { content?: Record<string, { examples?: Record<string, { value: never }> }> };
  return Object.values(content['application/problem+json']?.examples ?? {}).map(({ value }) => value);
}

/** The rows below the head `| status | codes |`: a status, and its codes in backticks. */
function readmeCodes(): string[] {
  const path = join(__dirname, '../../README.md');
  if (!existsSync(path))
    throw new Error('There is no README.md; it must have a table "| status | codes |" of all problems');
  const table = /^\| *status *\| *codes? *\|.*\n\|[ :|-]+\|\n((?:\|.*\n?)+)/im.exec(readFileSync(path, 'utf8'))?.[1];
  if (table === undefined) throw new Error('README.md has no table with the head "| status | codes |"');
  return table
    .trim()
    .split('\n')
    .flatMap((row) => {
      const [, status = '', codes = ''] = row.split('|');
      return Array.from(codes.matchAll(/`([a-z_]+)`/g), ([, code]) => `${status.trim()} ${code}`);
    });
}
