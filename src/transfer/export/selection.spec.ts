import { type GraphRow, neededGraphs } from './selection';

function version(id: number, workflow: string): GraphRow {
  return { id, workflow, kind: 'workflow', fromGraphId: null, toGraphId: null };
}

function plan(id: number, fromGraphId: number, toGraphId: number): GraphRow {
  return { id, workflow: `plan ${id}`, kind: 'migration', fromGraphId, toGraphId };
}

const ALL = [
  version(1, 'sdlc'),
  version(2, 'chores'),
  version(3, 'chores'),
  plan(4, 2, 3),
  version(5, 'errands'),
  version(6, 'errands'),
  plan(7, 3, 6),
  version(8, 'plan 4'),
];

const needed = (...wanted: number[]): number[] => [...neededGraphs(ALL, wanted)].sort((a, b) => a - b);

describe('neededGraphs', () => {
  it('are all versions of a workflow, whichever is wanted, and the plans between them', () => {
    expect(needed(1)).toEqual([1]);
    expect(needed(2)).toEqual([2, 3, 4]);
    expect(needed(3)).toEqual([2, 3, 4]);
  });

  it('are also those of another workflow from which a plan leads there, and not where one leads away', () => {
    expect(needed(5)).toEqual([2, 3, 4, 5, 6, 7]);
    expect(needed(8)).toEqual([8]);
  });

  it('are none where none is wanted, and those of all that are', () => {
    expect(needed()).toEqual([]);
    expect(needed(1, 8)).toEqual([1, 8]);
  });
});
