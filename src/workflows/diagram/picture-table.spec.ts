import { tableOf, WALK } from '../../../testkit/pictures';
import { everyElement, parseSvg, titleOf, withClass, wordsIn, type SvgElement } from '../../../testkit/svg';
import { TRANSITION_KINDS } from '../../machine/compiled-workflow';
import { SDLC } from '../../machine/sdlc';
import { completeWorkflow } from '../../machine/workflow';

describe('the table of a workflow', () => {
  /** The cells that are filled, by kind, as `row,column`. */
  function cellsIn(svg: SvgElement): Record<string, string[]> {
    const [grid] = withClass(svg, 'grid');
    const start = Number(/^M([\d.]+)/.exec(grid!.attributes.d!)![1]);
    const cell = (offset: string): number => Math.floor((Number(offset) - start) / 15);
    const legends = new Set(withClass(svg, 'legend').flatMap(everyElement));
    const groups = everyElement(svg).filter((element) => element.name === 'g' && !legends.has(element));
    return Object.fromEntries(
      TRANSITION_KINDS.map((kind) => {
        const glyphs = groups
          .filter(({ classes }) => classes[0] === kind)
          .map(({ children }) => children[0]!.attributes.d!);
        const cells = [...glyphs.join('').matchAll(/M([\d.]+) ([\d.]+)/g)].map(([, x, y]) => `${cell(y!)},${cell(x!)}`);
        return [kind, cells];
      }),
    );
  }

  it('has a cell for every move', () => {
    const place = (id: string): number => SDLC.phases.findIndex((phase) => phase.id === id);
    const moves = TRANSITION_KINDS.map((kind) => [
      kind,
      SDLC.transitions.filter((move) => move.kind === kind).map(({ from, to }) => `${place(from)},${place(to)}`),
    ]);
    expect(cellsIn(parseSvg(tableOf(SDLC)))).toEqual(Object.fromEntries(moves));
  });

  it('counts what a ticket did', () => {
    const svg = parseSvg(tableOf(SDLC, WALK));
    const counted = withClass(svg, 'walked').filter((element) => withClass(element, 'badge').length === 1);
    expect(counted.map(titleOf)).toEqual([
      'IMPLEMENTATION → TESTING: forward, made 2 times',
      'TESTING → IMPLEMENTATION: regression, made 2 times',
    ]);
    expect(wordsIn(svg)).toEqual(expect.arrayContaining(['TESTING ×4', 'IMPLEMENTATION ×2', 'BACKLOG']));
    expect(Object.values(cellsIn(svg)).flat()).toHaveLength(SDLC.transitions.length - 2);
  });

  it('says that it has no room for what moves require', () => {
    const needy = completeWorkflow({ ...SDLC, transitions: [{ from: 'BACKLOG', to: 'DONE', requires: ['reason'] }] });
    expect(wordsIn(parseSvg(tableOf(needy)))).toContain('not shown: what moves require');
    expect(wordsIn(parseSvg(tableOf(SDLC)))).not.toContain('not shown: what moves require');
  });

  it('is drawn before anybody notices, however large the workflow is', () => {
    const phases = Array.from({ length: 500 }, (_, place) => ({ id: `Phase ${place}`, category: 'active' as const }));
    const transitions = phases.flatMap(({ id }, from) =>
      Array.from({ length: 40 }, (_, step) => ({ from: id, to: `Phase ${(from + step * 7 + 1) % 500}` })),
    );
    const large = completeWorkflow({ key: 'k', title: 'Large', initial: ['Phase 0'], phases, transitions });
    const begin = performance.now();
    const svg = tableOf(large);
    expect(performance.now() - begin).toBeLessThan(500);
    expect(Object.values(cellsIn(parseSvg(svg))).flat()).toHaveLength(20_000);
  });
});
