import { frameLines, GRAPHS } from '../../../../test/transfer/export/lines';
import { storedByHand } from '../../../../test/verify/graphs';
import { ExportPreamble, type PreambleLines } from './export-preamble';

type Changeable = { -readonly [Kind in keyof PreambleLines]: PreambleLines[Kind][number][] };

function problemsAfter(change: (lines: Changeable) => void, lines = frameLines()): readonly string[] {
  const changed = JSON.parse(JSON.stringify(lines)) as Changeable;
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
    const byHand = storedByHand(99, 'by hand', [{ from: 'a', to: 'b' }]);
    expect(problemsAfter(() => undefined, frameLines([...GRAPHS, byHand]))).toEqual([]);
    expect(problemsAfter((lines) => Object.assign(lines, { projects: [], workflows: [], graphs: [] }))).toEqual([]);
  });

  it('knows projects, and graphs by workflow and version', () => {
    const preamble = ExportPreamble.of(frameLines()) as ExportPreamble;
    expect([preamble.hasProject('default'), preamble.hasProject('sdlc')]).toEqual([true, false]);
    expect([preamble.graphIdOf('sdlc', 1), preamble.graphIdOf('repairs', 3), preamble.graphIdOf('plan 13', 1)]).toEqual(
      [1, 4, 6],
    );
    expect([preamble.graphIdOf('sdlc', 2), preamble.graphIdOf('', 1)]).toEqual([undefined, undefined]);
    expect(preamble.graphOf(6)).toMatchObject({ workflow: 'plan 13', from_version: 2, to_version: 3 });
  });

  it('gives graphs their names in sentences', () => {
    const preamble = ExportPreamble.of(frameLines()) as ExportPreamble;
    expect(preamble.withNames('Graph 3 (repairs 2) is not graph 1; there is no graph 99.')).toBe(
      'Graph "repairs" 2 is not graph "sdlc" 1; there is no graph 99.',
    );
  });

  it.each<[string, (lines: Changeable) => void, RegExp]>([
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
    ['a lost workflow', ({ workflows }) => workflows.pop(), /^There are versions of repairs, and no such workflow\.$/],
    [
      'another digest',
      ({ graphs }) => set(graphs[1], { digest: '0'.repeat(64) }),
      /^Graph "repairs" 1 has a definition that its digest was not made of\.$/,
    ],
    [
      'another definition',
      ({ graphs }) => set(graphs[1]!.definition as object, { title: 'x' }),
      /^Graph "repairs" 1 has a definition that its digest was not made of\.$/,
    ],
    [
      'a definition that is none',
      ({ graphs }) => set(graphs[1], { definition: [] }),
      /^Graph "repairs" 1 has a definition that is none/,
    ],
    [
      'another edge than the definition has',
      ({ graphs }) => set(graphs[1], { edges: [...graphs[1]!.edges, ['ready', 'promised']] }),
      /^Graph "repairs" 1 should not have the edge ready → promised\.$/,
    ],
    [
      'a built-in workflow that is another',
      ({ graphs }) => set(graphs[0]!.definition as object, { title: 'x' }),
      /^Graph "sdlc" 1 has a definition that is not the one that is built in\.$/,
    ],
    [
      'a definition with a mistake',
      ({ graphs }) => set(graphs[1]!.definition as object, { initial: ['nowhere'] }),
      /^The workflow repairs 1: Phase "nowhere" is not among the phases\.$/,
    ],
    [
      'a plan that leads to no phase',
      ({ graphs }) => set(graphs[4], { edges: [['ready', 'nowhere']] }),
      /^Graph "plan 12" 1 leads to nowhere, which graph "repairs" 2 does not have\.$/,
    ],
    [
      'a plan with a definition',
      ({ graphs }) => set(graphs[4], { definition: {} }),
      /^The plan plan 12 1 has a definition\.$/,
    ],
  ])('finds %s', (_, change, problem) => {
    expect(problemsAfter(change)).toContainEqual(expect.stringMatching(problem));
  });
});
