import fc from 'fast-check';
import { elementsOf, elementsWithClass, parseSvg, svgTitle, textsIn, type SvgElement } from '../../../testkit/svg';
import { PHASE_CATEGORIES, TRANSITION_KINDS } from '../../machine/compiled-workflow';
import { SDLC } from '../../machine/sdlc';
import { completeWorkflow, type CompleteWorkflow } from '../../machine/workflow';
import { DiagramService } from './diagram.service';
import { PathTaken } from './path-taken';

const diagrams = new DiagramService({ timeLimitMs: 60_000 });
afterAll(() => diagrams.onModuleDestroy());

async function drawSvg(workflow: CompleteWorkflow, path?: PathTaken): Promise<SvgElement> {
  return parseSvg(await diagrams.toSvg(workflow, path));
}

/** The path of a ticket of the built-in workflow, with a transition of an earlier version. */
const PATH = new PathTaken('TESTING', 'TESTING', [
  { from: 'TESTING', to: 'IMPLEMENTATION', count: 2 },
  { from: 'IMPLEMENTATION', to: 'TESTING', count: 2 },
  { from: 'REVIEW', to: 'TESTING', count: 1 },
]);

/** Returns the nodes or edges of a diagram, without those of its legend. */
function drawn(svg: SvgElement, className: 'node' | 'edge'): SvgElement[] {
  return elementsWithClass(svg, className).filter((element) => svgTitle(element) !== '');
}

const legendTexts = (svg: SvgElement): string[] => elementsWithClass(svg, 'legend').flatMap(textsIn);

describe('the diagram of a workflow', () => {
  it('shows every phase and every transition, with a tooltip each', async () => {
    const svg = await drawSvg(SDLC);
    expect(drawn(svg, 'node').map(svgTitle)).toEqual([
      'BACKLOG, todo, initial phase',
      'REQUIREMENTS, active, initial phase',
      'DESIGN, active, initial phase',
      'IMPLEMENTATION, active, initial phase',
      'TESTING, active, initial phase',
      'DEPLOYMENT, active, initial phase',
      'DONE, done, initial phase, terminal phase',
      'BLOCKED, waiting',
    ]);
    const transitions = SDLC.transitions.map(({ from, to, kind }) => `${from} → ${to}: ${kind}`);
    expect(drawn(svg, 'edge').map(svgTitle).sort()).toEqual(transitions.sort());
    expect(drawn(svg, 'node').map((node) => textsIn(node).join(' '))).toEqual(
      SDLC.phases.map(({ id }) => (SDLC.initial.includes(id) ? `▸ ${id}` : id)),
    );
  });

  it('distinguishes kinds of transitions and categories of phases by class', async () => {
    const svg = await drawSvg(SDLC);
    for (const kind of TRANSITION_KINDS) {
      const count = SDLC.transitions.filter((transition) => transition.kind === kind).length;
      expect(drawn(svg, 'edge').filter(({ classes }) => classes.includes(kind))).toHaveLength(count);
    }
    expect(drawn(svg, 'node').map(({ classes }) => classes[1])).toEqual(SDLC.phases.map(({ category }) => category));
  });

  it('distinguishes categories and terminal phases by shape', async () => {
    const shapes = drawn(await drawSvg(SDLC), 'node').map(({ children }) =>
      children.map(({ name }) => name).filter((name) => name !== 'title' && name !== 'text'),
    );
    expect(shapes).toEqual([
      ['polygon'],
      ...Array.from({ length: 5 }, () => ['path']),
      ['ellipse', 'ellipse'],
      ['polygon'],
    ]);
  });

  it('draws each transition with its own curve and arrow, and shared edges in halves that meet', async () => {
    const edges = drawn(await drawSvg(SDLC), 'edge');
    for (const { children } of edges) {
      expect(children.map(({ name }) => name)).toEqual(['title', 'path', 'polygon']);
    }
    const curveOf = (title: string): string[] => {
      const edge = edges.find((candidate) => svgTitle(candidate).startsWith(title));
      return edge?.children[1]?.attributes['d']?.split(/[MC ]+/) ?? [];
    };
    // Graphviz draws from top to bottom: the half to BACKLOG comes first.
    expect(curveOf('BLOCKED → BACKLOG').at(-1)).toBe(curveOf('BACKLOG → BLOCKED')[1]);
    expect(curveOf('DEPLOYMENT → BLOCKED').at(-1)).toBe(curveOf('BLOCKED → DEPLOYMENT')[1]);
  });

  it('labels edges with requirements', async () => {
    const needy = completeWorkflow({ ...SDLC, transitions: [{ from: 'BACKLOG', to: 'DONE', requires: ['reason'] }] });
    const svg = await drawSvg(needy);
    expect(elementsWithClass(svg, 'requirements').flatMap(textsIn)).toEqual(['reason']);
    expect(drawn(svg, 'edge').map(svgTitle)).toEqual(['BACKLOG → DONE: forward, requires reason']);
    expect(elementsWithClass(await drawSvg(SDLC), 'requirements').flatMap(textsIn)).toEqual([]);
  });

  it('says in the legend that requirements are not shown when there are more than 60 edges', async () => {
    const phases = Array.from({ length: 62 }, (_, index) => ({ id: `${index}`, category: 'active' as const }));
    const transitions = phases
      .slice(1)
      .map(({ id }, index) => ({ from: `${index}`, to: id, requires: ['reason'] as const }));
    const large = completeWorkflow({ key: 'k', title: 'T', initial: ['0'], phases, transitions });
    const svg = await drawSvg(large);
    expect(legendTexts(svg)).toContain('not shown: requirements');
    expect(elementsWithClass(svg, 'requirements').flatMap(textsIn)).toEqual([]);
  });

  it('has a legend, a title and a description', async () => {
    const svg = await drawSvg(SDLC);
    expect(legendTexts(svg)).toEqual([
      'todo',
      'active',
      'waiting',
      'done',
      '▸',
      'initial phase',
      'terminal phase',
      'forward',
      'regression',
      'block',
      'resume',
    ]);
    expect(svg.attributes['role']).toBe('img');
    expect(svgTitle(svg)).toBe('Software development life cycle');
    expect(svg.children[1]).toMatchObject({
      name: 'desc',
      text: expect.stringMatching(
        /^Workflow with 8 phases and 19 transitions\. Phases: BACKLOG \(todo\), .* BLOCKED to DEPLOYMENT \(resume\)\.$/,
      ),
    });
  });

  it('has one stylesheet for light and dark, and every rule is limited to the diagram', async () => {
    const style = elementsOf(await drawSvg(SDLC)).find(({ name }) => name === 'style')?.text ?? '';
    const [light = '', dark = ''] = style.split('@media (prefers-color-scheme:dark)');
    for (const part of [light, dark]) expect(part).toContain('.phaseline-diagram .page{fill:#');
    const selectors = style.replace('@media (prefers-color-scheme:dark){', '').match(/[^{}]+(?=\{)/g) ?? [];
    for (const selector of selectors.flatMap((list) => list.split(','))) {
      expect(selector.trim()).toMatch(/^\.phaseline-diagram /);
    }
  });
});

describe('the diagram of a path taken', () => {
  it('marks visited phases and transitions, the current phase, and counts', async () => {
    const svg = await drawSvg(SDLC, PATH);
    const visited = (elements: SvgElement[]): string[] =>
      elements.filter(({ classes }) => classes.includes('visited')).map(svgTitle);
    expect(visited(drawn(svg, 'node'))).toEqual([
      'IMPLEMENTATION, active, initial phase, visits: 2',
      'TESTING, active, initial phase, visits: 4, current phase',
    ]);
    expect(visited(drawn(svg, 'edge'))).toEqual([
      'IMPLEMENTATION → TESTING: forward, count: 2',
      'TESTING → IMPLEMENTATION: regression, count: 2',
    ]);
    expect(elementsWithClass(svg, 'unvisited')).toHaveLength(6 + 17);
    const badges = textsIn(svg).filter((text) => text.startsWith('×'));
    expect(badges).toEqual(['×2', '×4', '×2', '×2', '×2']);
    expect(legendTexts(svg).filter((text) => text.startsWith('×'))).toEqual(['×2']);
    expect(drawn(svg, 'node').filter(({ classes }) => classes.includes('current'))).toHaveLength(1);
  });

  it('places badges over no phase and no other badge', async () => {
    const svg = await drawSvg(SDLC, PATH);
    const [legend] = elementsWithClass(svg, 'legend');
    const legendElements = new Set(legend ? elementsOf(legend) : []);
    const areas = elementsWithClass(svg, 'badge')
      .filter((badge) => !legendElements.has(badge))
      .map(({ attributes }) => ['x', 'y', 'width', 'height'].map((name) => Number(attributes[name])));
    const overlapping = areas.flatMap(([x = 0, y = 0, width = 0, height = 0], index) =>
      areas
        .slice(index + 1)
        .filter(([otherX = 0, otherY = 0]) => Math.abs(x - otherX) < width && Math.abs(y - otherY) < height),
    );
    expect([areas.length, overlapping]).toEqual([4, []]);
  });

  it('says in the legend how many transitions of another version it does not show', async () => {
    const text = 'not shown: 1 transition of another version';
    expect(legendTexts(await drawSvg(SDLC, PATH))).toContain(text);
    expect(legendTexts(await drawSvg(SDLC, new PathTaken('DONE', 'DONE', [])))).not.toContainEqual(
      expect.stringMatching('not shown'),
    );
  });

  it('has the layout of the diagram without a path', async () => {
    const [plain, path] = [await drawSvg(SDLC), await drawSvg(SDLC, PATH)];
    const shapes = (svg: SvgElement): string[] =>
      [...drawn(svg, 'node'), ...drawn(svg, 'edge')]
        .flatMap(({ children }) => children.slice(1).map(({ attributes }) => JSON.stringify(attributes)))
        .sort();
    expect(shapes(path)).toEqual(shapes(plain));
  });
});

describe('hostile phase ids and titles', () => {
  const ALLOWED = new Set(['svg', 'title', 'desc', 'style', 'g', 'rect', 'path', 'polygon', 'ellipse', 'text']);
  const HARMLESS = /^(class|xmlns|role|width|height|viewBox|x|y|cx|cy|rx|ry|d|points|transform|fill|text-anchor)$/;
  const word = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 50 }),
    fc.constantFrom(
      '</title><script>alert(1)</script>',
      '</g>\n<g id="p0" class="node">\n<title>p0</title>\n',
      '"/><a href="x">',
      '"]; p0 -> p0 [URL="javascript:alert(1)"]',
      '<<table><tr><td href="x">x</td></tr></table>>',
      ']]>',
      '__proto__',
      '&#x3c;script&#x3e;',
      '\\N \\G \\n \\',
      '\uD800\u0000',
      '\n',
    ),
  );

  /** Returns a text as XML can contain it. */
  const xmlText = (text: string): string =>
    text.toWellFormed().replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
  const withoutSpace = (text: string): string => text.replace(/\s/gu, '');

  it('stay text, in Graphviz and in the SVG', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(word, { minLength: 2, maxLength: 6 }), word, async (ids, title) => {
        const phases = ids.map((id, index) => ({ id, category: PHASE_CATEGORIES[index % 4] ?? 'todo' }));
        const transitions = ids.slice(1).map((to, index) => ({ from: ids[index] ?? '', to }));
        const workflow = completeWorkflow({ key: 'k', title, initial: ids.slice(0, 1), phases, transitions });
        const path = new PathTaken(ids[0] ?? '', ids[1] ?? '', [{ from: ids[0] ?? '', to: ids[1] ?? '', count: 1 }]);
        const svg = await drawSvg(workflow, path);
        for (const { name, attributes } of elementsOf(svg)) {
          expect(ALLOWED).toContain(name);
          for (const attribute of Object.keys(attributes)) expect(attribute).toMatch(HARMLESS);
        }
        expect(svgTitle(svg)).toBe(xmlText(title));
        expect(drawn(svg, 'edge')).toHaveLength(ids.length - 1);
        const nodes = drawn(svg, 'node');
        ids.forEach((id, index) => {
          const node = nodes[index];
          expect(node && svgTitle(node)).toMatch(xmlText(id));
          const label = withoutSpace(node ? textsIn(node).join('') : '').replace(/^▸/, '');
          if (!label.endsWith('…')) expect(label).toBe(withoutSpace(xmlText(id)));
        });
      }),
    );
  });
});
