import fc from 'fast-check';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SaxesParser } from 'saxes';
import { PHASE_CATEGORIES, TRANSITION_KINDS } from '../../machine/graph';
import { SDLC } from '../../machine/sdlc';
import { completeWorkflow, type CompleteWorkflow, type WorkflowDefinition } from '../../machine/workflow';
import { DiagramService } from './diagram.service';
import { LayoutWorker } from './layout-worker';
import { walkOf } from './walk';

const diagrams = new DiagramService();
afterAll(() => diagrams.onModuleDestroy());

/** The elements of a picture, and what it says, once it has proved to be XML. */
function read(svg: string): { elements: string[]; text: string } {
  const elements: string[] = [];
  const texts: string[] = [];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name }) => elements.push(name));
  parser.on('text', (text) => texts.push(text));
  parser.write(svg).close();
  return { elements, text: texts.join(' ') };
}

/** A picture that reaches for nothing and runs nothing. */
function expectHarmless(svg: string): void {
  const { elements } = read(svg);
  for (const name of ['script', 'foreignObject', 'image', 'a', 'use', 'iframe']) expect(elements).not.toContain(name);
  expect(svg).not.toMatch(/\son\w+=|href=|url\((?!#)|@import/);
}

describe('a picture of sdlc', () => {
  it('is the one that the README shows; `npm run diagram` makes it anew', async () => {
    const path = join(__dirname, '../../../docs/diagrams/sdlc.svg');
    expect(existsSync(path)).toBe(true);
    expect(`${await diagrams.svgOf(SDLC)}\n`).toBe(readFileSync(path, 'utf8'));
  });

  it('has every phase and every move, and says for whom it cannot be seen what it shows', async () => {
    const svg = await diagrams.svgOf(SDLC);
    const { elements, text } = read(svg);
    for (const { id } of SDLC.phases) expect(text).toContain(id);
    expect(elements).toEqual(expect.arrayContaining(['svg', 'title', 'desc', 'style']));
    expect(svg).toContain('role="img"');
    expect(svg).toContain('prefers-color-scheme:dark');
    expectHarmless(svg);
  });

  it('marks a walk without being laid out anew', async () => {
    const walk = walkOf('TESTING', 'IMPLEMENTATION', [
      { from: 'TESTING', to: 'IMPLEMENTATION', count: 2 },
      { from: 'IMPLEMENTATION', to: 'TESTING', count: 1 },
    ]);
    const [plain, walked] = [await diagrams.svgOf(SDLC), await diagrams.svgOf(SDLC, walk)];
    expect(read(walked).text).toContain('×2');
    expect(read(plain).text).not.toContain('×2');
    expect(await diagrams.svgOf(SDLC)).toBe(plain);
  });
});

describe('a picture of any workflow', () => {
  const hostile = [
    '<script>alert(1)</script>',
    '"onload="x',
    ']]>',
    '&amp;',
    '--> <!--',
    '__proto__',
    'a\nb',
    '漢字 🎟️',
    ' ',
  ];
  const id = fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }));
  const anyWorkflow: fc.Arbitrary<CompleteWorkflow> = fc
    .uniqueArray(id, { minLength: 1, maxLength: 8 })
    .chain((ids) =>
      fc.record({
        key: fc.constant('any'),
        title: id,
        initial: fc.subarray(ids, { minLength: 1 }),
        phases: fc.tuple(
          ...ids.map((one) => fc.record({ id: fc.constant(one), category: fc.constantFrom(...PHASE_CATEGORIES) })),
        ),
        transitions: fc.uniqueArray(
          fc.record({
            from: fc.constantFrom(...ids),
            to: fc.constantFrom(...ids),
            kind: fc.constantFrom(...TRANSITION_KINDS),
            requires: fc.subarray(['reason', 'artifacts'] as const),
          }),
          { selector: ({ from, to }) => JSON.stringify([from, to]), maxLength: 20 },
        ),
      }),
    )
    .map(({ transitions, ...others }) => {
      const sound = transitions.filter(({ from, to }) => from !== to);
      return completeWorkflow({ ...others, transitions: sound } as WorkflowDefinition);
    });

  it('is sound XML in which nothing runs, whatever people call their phases', async () => {
    await fc.assert(
      fc.asyncProperty(anyWorkflow, async (workflow) => {
        const visited = workflow.phases[0]!.id;
        expectHarmless(await diagrams.svgOf(workflow));
        expectHarmless(await diagrams.svgOf(workflow, walkOf(visited, visited, [])));
      }),
      { numRuns: 40 },
    );
  });

  it('is a table, where lines would hide one another', async () => {
    const ids = Array.from({ length: 500 }, (_, i) => `phase ${i}`);
    const transitions = ids.flatMap((from, i) =>
      Array.from({ length: 40 }, (_, j) => ({ from, to: ids[(i + j + 1) % ids.length]! })),
    );
    const phases = ids.map((name) => ({ id: name, category: 'active' as const }));
    const svg = await diagrams.svgOf(
      completeWorkflow({ key: 'large', title: 'Large', initial: ['phase 0'], phases, transitions }),
    );
    expect(read(svg).text).toContain('phase 499');
    expectHarmless(svg);
  });
});

describe('the thread that lays graphs out', () => {
  it('is given up when it takes too long, and the next graph gets another', async () => {
    const worker = new LayoutWorker({ timeLimitMs: 1 });
    await expect(worker.layOut('digraph { a -> b }')).rejects.toMatchObject({ code: 'busy' });
    await worker.close();
    const patient = new LayoutWorker();
    await expect(patient.layOut('digraph { a -> b }')).resolves.toContain('"bb"');
    await expect(patient.layOut('digraph {')).rejects.toThrow(/Graphviz failed/);
    await expect(patient.layOut('digraph { a -> b }')).resolves.toContain('"bb"');
    await patient.close();
  });

  it('takes no more than can wait', async () => {
    const worker = new LayoutWorker({ mostWaiting: 1 });
    const asked = Array.from({ length: 3 }, () =>
      worker.layOut('digraph { a -> b }').then(
        () => 'drawn',
        (error) => error.code,
      ),
    );
    expect((await Promise.all(asked)).sort()).toEqual(['busy', 'drawn', 'drawn']);
    await worker.close();
  });
});
