import { graphOf, WALK } from '../../../testkit/pictures';
import { everyElement, parseSvg, titleOf, withClass, wordsIn, type SvgElement } from '../../../testkit/svg';
import { TRANSITION_KINDS } from '../../machine/compiled-workflow';
import { SDLC } from '../../machine/sdlc';
import { walkOf } from './walk';

describe('the picture of a workflow', () => {
  const svg = parseSvg(graphOf(SDLC));

  it('has every phase and every move', () => {
    expect(withClass(svg, 'phase').map(titleOf)).toEqual([
      'BACKLOG, todo, a ticket may start here',
      'REQUIREMENTS, active, a ticket may start here',
      'DESIGN, active, a ticket may start here',
      'IMPLEMENTATION, active, a ticket may start here',
      'TESTING, active, a ticket may start here',
      'DEPLOYMENT, active, a ticket may start here',
      'DONE, done, a ticket may start here, nothing leads out',
      'BLOCKED, waiting',
    ]);
    const moves = SDLC.transitions.map(({ from, to, kind }) => `${from} → ${to}: ${kind}`);
    expect(withClass(svg, 'move').map(titleOf).sort()).toEqual(moves.sort());
  });

  it('tells kinds and categories apart', () => {
    for (const kind of TRANSITION_KINDS) {
      const count = SDLC.transitions.filter((move) => move.kind === kind).length;
      expect(withClass(svg, 'move').filter(({ classes }) => classes.includes(kind))).toHaveLength(count);
    }
    expect(withClass(svg, 'phase').map(({ classes }) => classes[1])).toEqual(
      SDLC.phases.map(({ category }) => category),
    );
    expect(withClass(svg, 'phase').filter((phase) => withClass(phase, 'mark').length === 1)).toHaveLength(7);
    expect(withClass(svg, 'phase').filter((phase) => withClass(phase, 'rim').length === 1)).toHaveLength(1);
  });

  it('explains itself, also to those who cannot see it', () => {
    const [legend] = withClass(svg, 'legend');
    expect(wordsIn(legend!)).toEqual([
      'todo',
      'active',
      'waiting',
      'done',
      'a ticket may start here',
      'nothing leads out',
      'forward',
      'regression',
      'block',
      'resume',
    ]);
    expect(svg.attributes.role).toBe('img');
    expect(titleOf(svg)).toBe('Software development life cycle');
    expect(svg.children[1]).toMatchObject({
      name: 'desc',
      text: expect.stringMatching(
        /^A workflow with 8 phases and 19 moves\. Phases: BACKLOG \(todo\), .* BLOCKED to DEPLOYMENT \(resume\)\.$/,
      ),
    });
  });

  it('knows light and dark, and has no rule that reaches beyond it', () => {
    const style = everyElement(svg).find(({ name }) => name === 'style')!.text;
    const [light, dark] = style.split('@media (prefers-color-scheme:dark)');
    for (const part of [light!, dark!]) expect(part).toContain('.phaseline-diagram .page{fill:#');
    const selectors = style.replace('@media (prefers-color-scheme:dark){', '').match(/[^{}]+(?=\{)/g)!;
    for (const selector of selectors.flatMap((list) => list.split(','))) {
      expect(selector.trim()).toMatch(/^\.phaseline-diagram /);
    }
  });
});

describe('the picture of a walk', () => {
  const svg = parseSvg(graphOf(SDLC, WALK));

  it('marks where the ticket was, where it is, and how often', () => {
    expect(
      withClass(svg, 'phase')
        .filter(({ classes }) => classes.includes('walked'))
        .map(titleOf),
    ).toEqual([
      'IMPLEMENTATION, active, a ticket may start here, visits: 2',
      'TESTING, active, a ticket may start here, visits: 4, the ticket is here',
    ]);
    expect(
      withClass(svg, 'move')
        .filter(({ classes }) => classes.includes('walked'))
        .map(titleOf),
    ).toEqual([
      'IMPLEMENTATION → TESTING: forward, made 2 times',
      'TESTING → IMPLEMENTATION: regression, made 2 times',
    ]);
    expect(withClass(svg, 'unwalked')).toHaveLength(6 + 17);
    const [legend] = withClass(svg, 'legend');
    expect(wordsIn(svg).filter((text) => text.startsWith('×'))).toEqual([
      '×2',
      '×4',
      '×2',
      '×2',
      ...wordsIn(legend!).filter((text) => text.startsWith('×')),
    ]);
    expect(withClass(svg, 'here')).toHaveLength(1 + withClass(legend!, 'here').length);
  });

  it('says what it cannot show', () => {
    expect(wordsIn(svg)).toContain('not shown: 1 move of another version of the workflow');
    expect(wordsIn(parseSvg(graphOf(SDLC, walkOf('DONE', 'DONE', []))))).not.toContainEqual(
      expect.stringMatching('not shown'),
    );
  });

  it('puts everything where it is without a walk', () => {
    const paths = (picture: SvgElement): string[] =>
      withClass(picture, 'way')
        .map(({ attributes }) => attributes.d!)
        .sort();
    const [plain, walked] = [graphOf(SDLC), graphOf(SDLC, WALK)].map((text) => parseSvg(text));
    expect(paths(walked!)).toEqual(paths(plain!));
    const places = (picture: SvgElement): unknown[] =>
      withClass(picture, 'phase').map(({ attributes }) => attributes.transform);
    expect(places(walked!)).toEqual(places(plain!));
  });
});
