import { readExportLine } from './export-line';

const PROJECT = {
  type: 'project',
  id: '01a2048b-3c11-7b0e-9d0a-6f4a3c2e7d55',
  key: 'website',
  title: 'Website',
  created_at: '2026-11-22T18:30:12.004Z',
  archived_at: null,
};
const END = { type: 'end', projects: 0, workflows: 0, graphs: 0, tickets: 0, moves: 0, events: 0 };
const WORKFLOW = { type: 'workflow', key: 'x', project: null, created_at: null };
const GRAPH = {
  type: 'graph',
  workflow: 'x',
  version: 1,
  kind: 'workflow',
  created_at: null,
  from_workflow: null,
  from_version: null,
  to_workflow: null,
  to_version: null,
  digest: null,
  definition: { whatever: 1 },
  edges: [['a', 'b']],
};

const read = (value: unknown) => readExportLine(JSON.stringify(value));

describe('readExportLine', () => {
  it.each([PROJECT, END, WORKFLOW, GRAPH])('reads %j', (line) => {
    expect(read(line)).toEqual(line);
  });

  it.each([
    [{ ...PROJECT, id: PROJECT.id.toUpperCase() }, /^id must be a UUID in lower case; got "01A2/],
    [{ ...PROJECT, title: 'ü'.repeat(201) }, /^title must be a string of at most 200 characters .*; got "ü+…$/],
    [{ ...PROJECT, title: 'a\0' }, /^title must be a string .* without U\+0000 .*; got "a\\u0000"$/],
    [{ ...PROJECT, title: '\ud83d' }, /^title must be/],
    [{ ...PROJECT, created_at: '2026-02-30T00:00:00.000Z' }, /^created_at must be a time such as .*, or null; got/],
    [{ ...PROJECT, created_at: '2026-02-20T00:00:00Z' }, /^created_at must be/],
    [{ ...PROJECT, archived_at: undefined }, /^archived_at must be a time .*, or null; got nothing$/],
    [{ ...PROJECT, owner: 'me' }, /^unknown member "owner"$/],
    [{ ...END, tickets: 1.5 }, /^tickets must be a whole number from 0 to 2147483647; got 1\.5$/],
    [{ ...END, tickets: 2_147_483_648 }, /^tickets must be/],
    [{ ...END, tickets: '1' }, /^tickets must be .*; got "1"$/],
    [{ ...GRAPH, kind: 'plan' }, /^kind must be one of workflow, migration; got "plan"$/],
    [
      { ...GRAPH, edges: [['a', 1]] },
      /^edges must be an array in which each item is an array in which each item is a string/,
    ],
    [{ ...GRAPH, definition: undefined }, /^definition must be present; got nothing$/],
    [{ type: 'key' }, /^type must be one of project, workflow, graph, ticket, move, event, end; got "key"$/],
    [{ type: 'constructor' }, /^type must be one of/],
    [{}, /^type must be one of .*; got nothing$/],
    [[], /^the line is not a JSON object$/],
    [null, /^the line is not a JSON object$/],
  ])('says what is wrong with %j', (line, problem) => {
    expect(read(line)).toMatch(problem);
  });

  it('says what is wrong with what is no JSON', () => {
    expect(readExportLine('{"type":')).toMatch(/^the line is not valid JSON: /);
  });

  it('counts characters as PostgreSQL does, and takes no prototype for a member', () => {
    expect(read({ ...PROJECT, title: '🎟'.repeat(200) })).toMatchObject({ key: 'website' });
    expect(readExportLine(JSON.stringify(WORKFLOW).replace('"key":"x"', '"__proto__":{"key":"x"}'))).toMatch(
      /^key must be/,
    );
  });
});
