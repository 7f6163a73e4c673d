import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { GraphvizWorker } from '../../src/workflows/diagram/graphviz-worker';
import { eventually } from '../../testkit/eventually';

const SMALL = 'digraph { n0 -> n1 }';

/** A graph that takes Graphviz many seconds: 80 nodes, each with an edge to every third of the others. */
const LARGE = `digraph { ${Array.from({ length: 80 }, (_, tail) =>
  Array.from({ length: 26 }, (__, step) => `n${tail} -> n${(tail * 7 + step * 3 + 1) % 80};`).join(' '),
).join('\n')} }`;

/** Counts the threads of this process, as Linux does. */
function countThreads(): number {
  return readdirSync('/proc/self/task').length;
}

describe('GraphvizWorker', () => {
  const workers: GraphvizWorker[] = [];
  const start = (limits: ConstructorParameters<typeof GraphvizWorker>[0] = {}): GraphvizWorker => {
    const worker = new GraphvizWorker(limits);
    workers.push(worker);
    return worker;
  };

  afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.close())));

  it('returns the SVG that Graphviz draws', async () => {
    const svg = await start().toSvg(SMALL);
    expect([svg.match(/class="node"/g)?.length, svg.match(/class="edge"/g)?.length]).toEqual([2, 1]);
  });

  it('rejects a graph that takes longer than the time limit and draws the next one', async () => {
    const worker = start({ timeLimitMs: 10_000 });
    await worker.toSvg(SMALL);
    await expect(worker.toSvg(LARGE)).rejects.toMatchObject({
      code: 'busy',
      message: 'The diagram was not drawn within 10 s. Retry later, or use `format=mermaid`.',
    });
    expect(await worker.toSvg(SMALL)).toContain('class="edge"');
  });

  it('rejects a graph that waits longer than the time limit', async () => {
    const worker = start({ timeLimitMs: 1_500 });
    const order: string[] = [];
    const codeOf = (svg: Promise<string>) => svg.catch(({ code }: { code: string }) => order.push(code));
    // Timers fire in the order of their times, even if a busy machine fires all of them late.
    const later = sleep(2_000).then(() => order.push('later'));
    await Promise.all([codeOf(worker.toSvg(LARGE)), codeOf(worker.toSvg(LARGE)), later]);
    expect(order).toEqual(['busy', 'busy', 'later']);
  });

  it('does not block the event loop', async () => {
    const worker = start({ timeLimitMs: 1_500 });
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    await worker.toSvg(LARGE).catch(() => undefined);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(20);
  });

  it('rejects a graph when the queue is full', async () => {
    const worker = start({ maxWaiting: 2 });
    const drawn = [worker.toSvg(SMALL), worker.toSvg(SMALL), worker.toSvg(SMALL)];
    await expect(worker.toSvg(SMALL)).rejects.toMatchObject({
      code: 'busy',
      message: '2 diagrams are already waiting. Retry later.',
    });
    expect(await Promise.all(drawn)).toHaveLength(3);
    expect(await worker.toSvg(SMALL)).toContain('class="edge"');
  });

  it('rejects a graph that Graphviz cannot parse and draws the next one', async () => {
    const worker = start();
    const answers = await Promise.allSettled([worker.toSvg('digraph {'), worker.toSvg(SMALL)]);
    expect(answers).toEqual([
      {
        status: 'rejected',
        reason: expect.objectContaining({ message: expect.stringMatching(/^Graphviz failed: .*syntax error/) }),
      },
      { status: 'fulfilled', value: expect.stringContaining('class="edge"') },
    ]);
  });

  it('ends an idle thread and starts another for the next graph', async () => {
    const worker = start({ idleMs: 20 });
    const drawing = worker.toSvg(SMALL);
    const threads = countThreads();
    const first = await drawing;
    await eventually(() => countThreads() < threads);
    expect(await worker.toSvg(SMALL)).toBe(first);
  });

  it('rejects every waiting graph when it is closed', async () => {
    const worker = start();
    const answers = Promise.allSettled([worker.toSvg(LARGE), worker.toSvg(SMALL)]);
    await worker.close();
    const busy = { code: 'busy', message: 'The server is shutting down.' };
    expect(await answers).toEqual([
      { status: 'rejected', reason: expect.objectContaining(busy) },
      { status: 'rejected', reason: expect.objectContaining(busy) },
    ]);
    await expect(worker.toSvg(SMALL)).rejects.toMatchObject(busy);
  });
});
