import { frameLines, GRAPHS } from '../../../../test/transfer/export/lines';
import { storedByHand } from '../../../../test/verify/graphs';
import { ExportPreamble, type PreambleLines } from './export-preamble';

type MutableRecord = { -readonly [Kind in keyof PreambleLines]: PreambleLines[Kind][number][] };

function problemsAfter(change: (lines: MutableRecord) => void, lines = frameLines()): readonly string[] {
  const changed = JSON.parse(JSON.stringify(lines)) as MutableRecord;
  change(changed);
  const preamble = ExportPreamble.of(changed);
  return preamble instanceof ExportPreamble ? [] : preamble;
}

/** Overwrites members of a line. */
function set(line: object | undefined, members: object): void {
  Object.assign(line!, members);
}

describe('ExportPreamble', () => {
  it('finds nothing wrong with what an installation has', () => {
    expect(problemsAfter(() => undefined)).toEqual([]);
    expect(problemsAfter((lines) => Object.assign(lines, { projects: [], workflows: [], graphs: [] }))).toEqual([]);
  });

  it('finds a workflow without a definition', () => {
    const byHand = storedByHand(99, 'by hand', [{ from: 'a', to: 'b' }]);
    expect(problemsAfter(() => undefined, frameLines([...GRAPHS, byHand]))).toEqual([
      'The workflow by hand 1 has no definition.',
    ]);
  });

  it('knows projects, and graphs by workflow and version', () => {
    const preamble = ExportPreamble.of(frameLines()) as ExportPreamble;
    expect([preamble.hasProject('default'), preamble.hasProject('sdlc')]).toEqual([true, false]);
    expect([
      preamble.graphIdOf('sdlc', 1),
      preamble.graphIdOf('repairs', 3),
      preamble.graphIdOf('repairs 2→3', 1),
    ]).toEqual([1, 4, 6]);
    expect([preamble.graphIdOf('sdlc', 2), preamble.graphIdOf('', 1)]).toEqual([undefined, undefined]);
    expect(preamble.graphOf(6)).toMatchObject({ workflow: 'repairs 2→3', from_version: 2, to_version: 3 });
  });

  it('gives graphs their names in sentences', () => {
    const preamble = ExportPreamble.of(frameLines()) as ExportPreamble;
    expect(preamble.withNames('Graph 3 (repairs 2) is not graph 1; there is no graph 99.')).toBe(
      'Graph "repairs" 2 is not graph "sdlc" 1; there is no graph 99.',
    );
  });

  it.each<[string, (lines: MutableRecord) => void, RegExp]>([
    ['a project twice', ({ projects }) => projects.push(projects[0]!), /^There is more than one project "default"\.$/],
    [
      'a workflow twice',
      ({ workflows }) => workflows.push(workflows[1]!),
      /^There is more than one workflow "repairs"\.$/,
    ],
    ['a graph twice', ({ graphs }) => graphs.push(graphs[0]!), /^There is more than one graph "sdlc" 1\.$/],
    [
      'a lost owner',
      ({ workflows }) => set(workflows[1], { project: 'x' }),
      /^The workflow repairs names the project x/,
    ],
    [
      'a lost version',
      ({ graphs }) => graphs.splice(2, 1),
      /^A plan names the graph repairs 2, which is not in the export\.$/,
    ],
    ['a gap', ({ graphs }) => graphs.splice(2, 1), /^The workflow repairs lacks version 2\.$/],
    ['a lost workflow', ({ workflows }) => workflows.pop(), /^There are versions of repairs, but no such workflow\.$/],
    [
      'another digest',
      ({ graphs }) => set(graphs[1], { digest: '0'.repeat(64) }),
      /^The definition of graph "repairs" 1 does not match its digest\.$/,
    ],
    [
      'another definition',
      ({ graphs }) => set(graphs[1]!.definition as object, { title: 'x' }),
      /^The definition of graph "repairs" 1 does not match its digest\.$/,
    ],
    [
      'a definition that is none',
      ({ graphs }) => set(graphs[1], { definition: [] }),
      /^The definition of graph "repairs" 1 is incomplete/,
    ],
    [
      'another edge than the definition has',
      ({ graphs }) => set(graphs[1], { edges: [...graphs[1]!.edges, ['ready', 'promised']] }),
      /^The definition of graph "repairs" 1 does not have the edge ready → promised\.$/,
    ],
    [
      'a built-in workflow that is another',
      ({ graphs }) => set(graphs[0]!.definition as object, { title: 'x' }),
      /^The definition of graph "sdlc" 1 differs from the built-in definition\.$/,
    ],
    [
      'a definition with a mistake',
      ({ graphs }) => set(graphs[1]!.definition as object, { initial: ['nowhere'] }),
      /^The workflow repairs 1: Phase "nowhere" is not among the phases\.$/,
    ],
    [
      'a plan that leads to no phase',
      ({ graphs }) => set(graphs[4], { edges: [['ready', 'nowhere']] }),
      /^Graph "repairs 1→2" 1 maps a phase to nowhere, which is not a phase of graph "repairs" 2\.$/,
    ],
    [
      'a plan with a definition',
      ({ graphs }) => set(graphs[4], { definition: {} }),
      /^The plan repairs 1→2 1 has a definition\.$/,
    ],
  ])('finds %s', (_, change, problem) => {
    expect(problemsAfter(change)).toContainEqual(expect.stringMatching(problem));
  });
});
