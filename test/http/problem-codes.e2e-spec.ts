import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { operationsOf } from '../../src/http/openapi/operations';
import { API_PREFIX } from '../../src/http/server/api-prefix';
import { PROBLEMS } from '../../src/http/problems/problem-status';
import { PROBLEM_CODES } from '../../src/problems/domain-error';
import { startTestApp, type TestApp } from '../../testkit/app';

/** Every code with its status, in order: `404 ticket_not_found`. */
const CODES = PROBLEM_CODES.map((code) => `${PROBLEMS[code].status} ${code}`).sort();

let app: TestApp;
beforeAll(async () => (app = await startTestApp()));
afterAll(() => app.close());

it('every code has one status and a title', () => {
  expect(Object.keys(PROBLEMS).sort()).toEqual([...PROBLEM_CODES].sort());
  expect(new Set(PROBLEM_CODES).size).toBe(PROBLEM_CODES.length);
  for (const { status, title } of Object.values(PROBLEMS)) {
    expect([title, status >= 400 && status < 600]).toEqual([expect.stringMatching(/^[A-Z].*\w$/), true]);
  }
});

it('the OpenAPI document has every code with its status, and no other code', () => {
  const operations = Object.values(app.document.paths).flatMap((item) => Object.values(item));
  const answers = [...operations.map(({ responses }) => responses), app.document.components!.responses!];
  const examples = answers.flatMap((responses) => Object.values(responses)).flatMap(examplesIn);
  expect([...new Set(examples.map(({ status, code }) => `${status} ${code}`))].sort()).toEqual(CODES);
  const schema = app.document.components!.schemas!['Problem'] as { properties: { code: { enum: string[] } } };
  expect([...schema.properties.code.enum].sort()).toEqual([...PROBLEM_CODES].sort());
});

it('documents every code in docs/api.md, under its status, and no other', () => {
  expect(documentedCodes().sort()).toEqual(CODES);
});

it('documents every operation in docs/api.md, and no other', () => {
  const served = operationsOf(app.document).map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  expect(documentedOperations().sort()).toEqual([...served].sort());
});

function examplesIn(answer: unknown): { status: number; code: string }[] {
  const { content = {} } = answer as { content?: Record<string, { examples?: Record<string, { value: never }> }> };
  return Object.values(content['application/problem+json']?.examples ?? {}).map(({ value }) => value);
}

const API_PAGE = readFileSync(join(__dirname, '../../docs/api.md'), 'utf8');

/** The rows below the head `| status | codes |`: a status, and its codes in backticks. */
function documentedCodes(): string[] {
  return tableBelow('status').flatMap(([status, codes]) =>
    Array.from(codes.matchAll(/`([a-z_]+)`/g), ([, code]) => `${status} ${code}`),
  );
}

/** The operations of the table: `GET /api/v1/tickets`. An `…` stands for the path before it in the same cell. */
function documentedOperations(): string[] {
  return tableBelow('operation').flatMap(([cell]) => {
    let [method, path] = ['', ''];
    return Array.from(cell.matchAll(/`(?:([A-Z]+) )?([^` ]+)`/g), ([, verb, route = '']) => {
      method = verb ?? method;
      path = route.replace('…', path).replace('{n}', '{version}');
      return `${method} ${/^\/(health|metrics)/.test(path) ? '' : API_PREFIX}${path}`;
    });
  });
}

/** The first two cells of each row of the table whose head begins with this word. */
function tableBelow(head: string): [first: string, second: string][] {
  const table = new RegExp(`^\\| *${head} *\\|.*\\n\\|[ :|-]+\\|\\n((?:\\|.*\\n?)+)`, 'm').exec(API_PAGE)?.[1];
  if (table === undefined) throw new Error(`docs/api.md has no table with the head "| ${head} |"`);
  return table
    .trim()
    .split('\n')
    .map((row) => row.split('|').map((cell) => cell.trim()))
    .map(([, first = '', second = '']) => [first, second]);
}
