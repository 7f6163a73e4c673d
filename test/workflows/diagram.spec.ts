import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TransitionDefinition } from '../../src/machine/compiled-workflow';
import { SDLC } from '../../src/machine/sdlc';
import { completeWorkflow, type CompleteWorkflow, type WorkflowDefinition } from '../../src/machine/workflow';
import { DiagramService } from '../../src/workflows/diagram/diagram.service';
import { PathTaken } from '../../src/workflows/diagram/path-taken';
import { readLogJson, realLogs } from '../../testkit/real-logs';
import { elementsWithClass, parseSvg, svgTitle, type SvgElement } from '../../testkit/svg';

const ROOT = join(__dirname, '../..');

/** A busy machine takes longer than the application's limit. */
const LONG_LIMIT = { timeLimitMs: 60_000 };

/** As large as the lifecycle of Kubernetes enhancement proposals: 20 phases, 60 transitions of every kind. */
const TWENTY = workflowOf(20, [1, 3, 18]);

/** Returns a ring of phases, each with transitions to the phases at these distances. */
function workflowOf(
  size: number,
  distances: readonly number[],
  requires?: TransitionDefinition['requires'],
): CompleteWorkflow {
  const phases = Array.from({ length: size }, (_, index) => ({
    id: `Phase ${index}`,
    category: index === 0 ? ('todo' as const) : index === 7 ? ('waiting' as const) : ('active' as const),
  }));
  const transitions = phases.flatMap(({ id }, index) =>
    distances.map((distance) => ({ from: id, to: `Phase ${(index + distance) % size}`, requires })),
  );
  return completeWorkflow({ key: 'k', title: `Ring of ${size}`, initial: ['Phase 0'], phases, transitions });
}

/** Returns the nodes or edges of a diagram, without those of its legend. */
function drawn(svg: SvgElement, className: 'node' | 'edge'): SvgElement[] {
  return elementsWithClass(svg, className).filter((element) => svgTitle(element) !== '');
}

describe('DiagramService', () => {
  const diagrams = new DiagramService(LONG_LIMIT);

  afterAll(() => diagrams.onModuleDestroy());

  it('draws the built-in workflow as docs/diagrams shows it', async () => {
    // Redraw it with `npm run diagrams` and look at it.
    expect(await diagrams.toSvg(SDLC)).toBe(readFileSync(join(ROOT, 'docs/diagrams/sdlc.svg'), 'utf8'));
  });

  it('draws 20 phases and 60 transitions', async () => {
    const svg = parseSvg(await diagrams.toSvg(TWENTY));
    expect(drawn(svg, 'node')).toHaveLength(20);
    expect(drawn(svg, 'edge')).toHaveLength(60);
  });

  it('runs Graphviz once for all paths through a workflow', async () => {
    const closing = new DiagramService(LONG_LIMIT);
    await closing.toSvg(TWENTY);
    await closing.onModuleDestroy();
    const svg = parseSvg(await closing.toSvg(TWENTY, new PathTaken('Phase 0', 'Phase 0', [])));
    expect(elementsWithClass(svg, 'visited')).toHaveLength(1);
    await expect(closing.toSvg(SDLC)).rejects.toMatchObject({ code: 'busy' });
  });

  it('draws up to 120 edges and rejects more with diagram_too_large', async () => {
    await expect(diagrams.toSvg(workflowOf(120, [1]))).resolves.toContain('</svg>');
    await expect(diagrams.toSvg(workflowOf(60, [1, 59]))).resolves.toContain('</svg>');
    await expect(diagrams.toSvg(workflowOf(61, [1, 3]))).rejects.toMatchObject({
      code: 'diagram_too_large',
      message: 'The diagram has 122 edges; an SVG diagram has at most 120. Use `format=mermaid`.',
    });
    expect(await diagrams.draw(workflowOf(61, [1, 3]), 'mermaid')).toContain('p60 -->|"regression"| p0');
  });

  it('draws 500 phases', async () => {
    expect(drawn(parseSvg(await diagrams.toSvg(workflowOf(500, []))), 'node')).toHaveLength(500);
  });

  it('draws concurrent requests', async () => {
    const workflows = Array.from({ length: 12 }, (_, more) => workflowOf(8 + more, [1, 3]));
    const pictures = await Promise.all([...workflows, ...workflows].map((workflow) => diagrams.toSvg(workflow)));
    expect(pictures.map((svg) => drawn(parseSvg(svg), 'node').length)).toEqual(
      [...workflows, ...workflows].map(({ phases }) => phases.length),
    );
  });

  const pictured: [string, CompleteWorkflow][] = [
    ['sdlc', SDLC],
    ['20 phases', TWENTY],
    ['requirements', workflowOf(12, [1, 4], ['reason'])],
    ...realLogs('diagrams').map((name): [string, CompleteWorkflow] => [
      name,
      completeWorkflow(readLogJson<WorkflowDefinition>(name, 'workflow.json')),
    ]),
  ];

  it.each(pictured)('draws no edge through a phase and no two phases over each other: %s', async (_, workflow) => {
    const svg = parseSvg(await diagrams.toSvg(workflow));
    const boxes = drawn(svg, 'node').map((node, index) => boxOf(node, workflow.phases[index]?.id));
    const crossings = drawn(svg, 'edge').flatMap((edge) =>
      boxes
        .filter(({ id }) => !svgTitle(edge).startsWith(`${id} → `) && !svgTitle(edge).includes(` → ${id}: `))
        .filter(({ left, right, top, bottom }) =>
          curvePoints(edge).some(([x, y]) => x > left && x < right && y > top && y < bottom),
        )
        .map(({ id }) => `${svgTitle(edge)} through ${id}`),
    );
    expect(crossings).toEqual([]);
    const overlaps = boxes.flatMap((one, index) =>
      boxes
        .slice(index + 1)
        .filter(
          (other) =>
            one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom,
        )
        .map((other) => `${one.id} and ${other.id}`),
    );
    expect(overlaps).toEqual([]);
  });
});

interface NodeBox {
  readonly id: string | undefined;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Returns the box within the shape of a node, without the corners that an ellipse or a hexagon leaves empty. */
function boxOf({ children }: SvgElement, id?: string): NodeBox {
  const shape = children.find(({ name }) => name !== 'title' && name !== 'text');
  const { points, d, cx = '', cy = '', rx = '', ry = '' } = shape?.attributes ?? {};
  if (shape?.name === 'ellipse') {
    const [x, y, width, height] = [Number(cx), Number(cy), Number(rx) * Math.SQRT1_2, Number(ry) * Math.SQRT1_2];
    return { id, left: x - width, right: x + width, top: y - height, bottom: y + height };
  }
  const numbers = numbersIn(points ?? d ?? '');
  const [xs, ys] = [numbers.filter((__, index) => index % 2 === 0), numbers.filter((__, index) => index % 2 === 1)];
  const inset = points === undefined || xs.length === 5 ? 0 : (Math.max(...xs) - Math.min(...xs)) / 4;
  return {
    id,
    left: Math.min(...xs) + inset,
    right: Math.max(...xs) - inset,
    top: Math.min(...ys),
    bottom: Math.max(...ys),
  };
}

function numbersIn(text: string): number[] {
  return Array.from(text.matchAll(/-?[\d.]+/g), ([number]) => Number(number));
}

/** Returns 17 points on each Bézier segment of an edge. */
function curvePoints({ children }: SvgElement): [x: number, y: number][] {
  const numbers = numbersIn(children.find(({ name }) => name === 'path')?.attributes['d'] ?? '');
  const points: [number, number][] = [];
  for (let start = 0; start + 8 <= numbers.length; start += 6) {
    const [ax = 0, ay = 0, bx = 0, by = 0, cx = 0, cy = 0, dx = 0, dy = 0] = numbers.slice(start, start + 8);
    for (let step = 0; step <= 16; step++) {
      const [t, u] = [step / 16, 1 - step / 16];
      const at = (a: number, b: number, c: number, d: number): number =>
        u ** 3 * a + 3 * u ** 2 * t * b + 3 * u * t ** 2 * c + t ** 3 * d;
      points.push([at(ax, bx, cx, dx), at(ay, by, cy, dy)]);
    }
  }
  return points;
}
