import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { LayoutWorker } from '../../src/workflows/diagram/layout-worker';
import { eventually } from '../../testkit/eventually';

const SMALL = 'digraph { n0 -> n1 }';

/** A graph that Graphviz needs many seconds for: 80 boxes, each with a line to every third of the others. */
const LARGE = `digraph { ${Array.from({ length: 80 }, (_, tail) =>
  Array.from({ length: 26 }, (__, step) => `n${tail} -> n${(tail * 7 + step * 3 + 1) % 80};`).join(' '),
).join('\n')} }`;

/** Of this process, as Linux counts them. */
function countThreads(): number {
  return readdirSync('/proc/self/task').length;
}

describe('LayoutWorker', () => {
  const workers: LayoutWorker[] = [];
  const start = (limits: ConstructorParameters<typeof LayoutWorker>[0] = {}): LayoutWorker => {
    const worker = new LayoutWorker(limits);
    workers.push(worker);
    return worker;
  };

  afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.close())));

  it('says where everything is', async () => {
    const layout = JSON.parse(await start().layOut(SMALL)) as { objects: unknown[]; edges: unknown[] };
    expect([layout.objects.length, layout.edges.length]).toEqual([2, 1]);
  });

  it('gives up what takes too long, and draws the next one', async () => {
    const worker = start({ timeLimitMs: 1_500 });
    await worker.layOut(SMALL);
    await expect(worker.layOut(LARGE)).rejects.toMatchObject({
      code: 'busy',
      message: 'The diagram was not drawn within 1.5 s.',
    });
    expect(await worker.layOut(SMALL)).toContain('"objects"');
  });

  it('gives up what waited too long behind another', async () => {
    const worker = start({ timeLimitMs: 1_500 });
    const order: string[] = [];
    const codeOf = (layout: Promise<string>) => layout.catch(({ code }: { code: string }) => order.push(code));
    // Timers come in the order of their times also where a busy machine has them all come late.
    const later = sleep(2_000).then(() => order.push('later'));
    await Promise.all([codeOf(worker.layOut(LARGE)), codeOf(worker.layOut(LARGE)), later]);
    expect(order).toEqual(['busy', 'busy', 'later']);
  });

  it('leaves the thread that everything else runs in alone', async () => {
    const worker = start({ timeLimitMs: 1_500 });
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    await worker.layOut(LARGE).catch(() => undefined);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(20);
  });

  it('refuses what would have to wait behind too many', async () => {
    const worker = start({ mostWaiting: 2 });
    const drawn = [worker.layOut(SMALL), worker.layOut(SMALL), worker.layOut(SMALL)];
    await expect(worker.layOut(SMALL)).rejects.toMatchObject({
      code: 'busy',
      message: '2 diagrams are waiting to be drawn already.',
    });
    expect(await Promise.all(drawn)).toHaveLength(3);
    expect(await worker.layOut(SMALL)).toContain('"objects"');
  });

  it('fails with what cannot be read, and draws the next one', async () => {
    const worker = start();
    const answers = await Promise.allSettled([worker.layOut('digraph {'), worker.layOut(SMALL)]);
    expect(answers).toEqual([
      {
        status: 'rejected',
        reason: expect.objectContaining({ message: expect.stringMatching(/^Graphviz failed: .*syntax error/) }),
      },
      { status: 'fulfilled', value: expect.stringContaining('"objects"') },
    ]);
  });

  it('ends its thread when there is nothing to do, and starts another', async () => {
    const worker = start({ idleMs: 20 });
    const drawing = worker.layOut(SMALL);
    const threads = countThreads();
    const first = await drawing;
    await eventually(() => countThreads() < threads);
    expect(await worker.layOut(SMALL)).toBe(first);
  });

  it('answers everybody when it is closed', async () => {
    const worker = start();
    const answers = Promise.allSettled([worker.layOut(LARGE), worker.layOut(SMALL)]);
    await worker.close();
    const busy = { code: 'busy', message: 'The process is shutting down.' };
    expect(await answers).toEqual([
      { status: 'rejected', reason: expect.objectContaining(busy) },
      { status: 'rejected', reason: expect.objectContaining(busy) },
    ]);
    await expect(worker.layOut(SMALL)).rejects.toMatchObject(busy);
  });
});
