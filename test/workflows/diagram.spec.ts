import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TransitionDefinition } from '../../src/machine/compiled-workflow';
import { SDLC } from '../../src/machine/sdlc';
import { completeWorkflow, type CompleteWorkflow, type WorkflowDefinition } from '../../src/machine/workflow';
import { boxesOf } from '../../src/workflows/diagram/boxes';
import { pointsAt } from '../../src/workflows/diagram/curve';
import { DiagramService } from '../../src/workflows/diagram/diagram.service';
import { dotOf } from '../../src/workflows/diagram/dot';
import { heightsOf } from '../../src/workflows/diagram/heights';
import { readLayout } from '../../src/workflows/diagram/layout';
import { LayoutWorker } from '../../src/workflows/diagram/layout-worker';
import { linesOf } from '../../src/workflows/diagram/lines';
import { walkOf } from '../../src/workflows/diagram/walk';
import { parseSvg, withClass } from '../../testkit/svg';

const ROOT = join(__dirname, '../..');
const LOGS = join(ROOT, '../shared/data');

/** As large as the lifecycle of Kubernetes enhancement proposals: 20 phases, each move leading on, back or into a pause. */
const TWENTY = workflowOf(20, [1, 3, 18]);

/** Phases in a row, each with moves to the ones that are so many steps further, round and round. */
function workflowOf(
  size: number,
  steps: readonly number[],
  requires?: TransitionDefinition['requires'],
): CompleteWorkflow {
  const phases = Array.from({ length: size }, (_, place) => ({
    id: `Phase ${place}`,
    category: place === 0 ? ('todo' as const) : place === 7 ? ('waiting' as const) : ('active' as const),
  }));
  const transitions = phases.flatMap(({ id }, place) =>
    steps.map((step) => ({ from: id, to: `Phase ${(place + step) % size}`, requires })),
  );
  return completeWorkflow({ key: 'k', title: `Row of ${size}`, initial: ['Phase 0'], phases, transitions });
}

describe('DiagramService', () => {
  const diagrams = new DiagramService();
  const worker = new LayoutWorker();

  afterAll(() => Promise.all([diagrams.onModuleDestroy(), worker.close()]));

  it('draws the built-in workflow as the README shows it', async () => {
    // Not so? Look at the new one: npm run diagrams
    expect(await diagrams.svgOf(SDLC)).toBe(readFileSync(join(ROOT, 'docs/diagrams/sdlc.svg'), 'utf8'));
  });

  it('draws every phase and every move of 20 phases and 60 moves', async () => {
    const svg = parseSvg(await diagrams.svgOf(TWENTY));
    expect(withClass(svg, 'phase')).toHaveLength(20);
    expect(withClass(svg, 'move')).toHaveLength(60);
  });

  it('lays a workflow out once, whatever walk is drawn on it', async () => {
    const closing = new DiagramService();
    await closing.svgOf(TWENTY);
    await closing.onModuleDestroy();
    const svg = parseSvg(await closing.svgOf(TWENTY, walkOf('Phase 0', 'Phase 0', [])));
    expect(withClass(svg, 'walked')).toHaveLength(1);
    await expect(closing.svgOf(SDLC)).rejects.toMatchObject({ code: 'busy' });
  });

  it('draws workflows of too many phases or moves as tables', async () => {
    const isTable = async (workflow: CompleteWorkflow): Promise<boolean> =>
      withClass(parseSvg(await diagrams.svgOf(workflow)), 'grid').length === 1;
    expect(await isTable(workflowOf(100, [1]))).toBe(false);
    expect(await isTable(workflowOf(101, [1]))).toBe(true);
    expect(await isTable(workflowOf(60, [1, 59]))).toBe(false);
    expect(await isTable(workflowOf(60, [1, 3]))).toBe(false);
    expect(await isTable(workflowOf(61, [1, 3]))).toBe(true);
    expect(await isTable(workflowOf(60, [1, 2, 3, 4, 5]))).toBe(true);
  });

  it('draws all that ask at once', async () => {
    const workflows = Array.from({ length: 12 }, (_, more) => workflowOf(8 + more, [1, 3]));
    const pictures = await Promise.all([...workflows, ...workflows].map((workflow) => diagrams.svgOf(workflow)));
    expect(pictures.map((svg) => withClass(parseSvg(svg), 'phase').length)).toEqual(
      [...workflows, ...workflows].map(({ phases }) => phases.length),
    );
  });

  const realWorkflows = existsSync(LOGS) ? readdirSync(LOGS) : [];
  if (realWorkflows.length === 0)
    process.stderr.write(`SKIPPED: pictures of real workflows, because ${LOGS} is absent.\n`);
  const pictured: [string, CompleteWorkflow][] = [
    ['sdlc', SDLC],
    ['20 phases', TWENTY],
    ['notes', workflowOf(12, [1, 4], ['reason'])],
    ...realWorkflows.map((name): [string, CompleteWorkflow] => {
      const text = readFileSync(join(LOGS, name, 'workflow.json'), 'utf8');
      return [name, completeWorkflow(JSON.parse(text) as WorkflowDefinition)];
    }),
  ];

  it.each(pictured)('lets no line run through a box, and no two boxes meet: %s', async (_, workflow) => {
    const boxes = boxesOf(workflow);
    const lines = linesOf(workflow);
    const layout = readLayout(await worker.layOut(dotOf(boxes, lines, heightsOf(workflow, lines))));
    const inside = ([x, y]: readonly [number, number], index: number, margin: number): boolean => {
      const [middleX, middleY] = layout.boxes[index]!;
      const { width, height } = boxes[index]!;
      return Math.abs(x - middleX) < width / 2 + margin && Math.abs(y - middleY) < height / 2 + margin;
    };
    const steps = Array.from({ length: 101 }, (__, step) => step / 100);
    const crossings = lines.flatMap(({ there }, line) =>
      boxes.flatMap(({ id }, box) =>
        id !== there.from &&
        id !== there.to &&
        pointsAt(layout.lines[line]!.curve, steps).some((point) => inside(point, box, 0))
          ? [`${there.from} → ${there.to} through ${id}`]
          : [],
      ),
    );
    expect(crossings).toEqual([]);
    const meetings = boxes.flatMap(({ id, width, height }, one) =>
      boxes
        .slice(one + 1)
        .filter((___, more) => {
          const other = one + 1 + more;
          const [x, y] = layout.boxes[one]!;
          const [otherX, otherY] = layout.boxes[other]!;
          return (
            Math.abs(x - otherX) * 2 < width + boxes[other]!.width &&
            Math.abs(y - otherY) * 2 < height + boxes[other]!.height
          );
        })
        .map((met) => `${id} and ${met.id}`),
    );
    expect(meetings).toEqual([]);
  });
});
