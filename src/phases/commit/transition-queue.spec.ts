import fc from 'fast-check';
import { TransitionQueue } from './transition-queue';

interface Item {
  readonly lane: string;
  readonly order: number;
  readonly bytes: number;
}

const item = (lane: string, order: number, bytes = 0): Item => ({ lane, order, bytes });

const upTo = (items: number) => ({ items, bytes: 100, light: 10 });

describe('TransitionQueue', () => {
  it('returns the oldest items first, up to the size of a batch', () => {
    const queue = new TransitionQueue<Item>();
    for (const id of ['a', 'b', 'c']) queue.push(item(id, 0));
    expect(queue.takeBatch(upTo(2)).map(({ lane }) => lane)).toEqual(['a', 'b']);
    expect(queue.length).toBe(1);
    expect(queue.takeBatch(upTo(2)).map(({ lane }) => lane)).toEqual(['c']);
    expect(queue.takeBatch(upTo(2))).toEqual([]);
  });

  it('keeps a ticket out of a second batch while the first is running', () => {
    const queue = new TransitionQueue<Item>();
    queue.push(item('a', 1));
    queue.takeBatch(upTo(10));
    queue.push(item('a', 2));
    queue.push(item('b', 3));
    expect(queue.takeBatch(upTo(10))).toEqual([item('b', 3)]);
    expect([queue.length, queue.hasReady]).toEqual([1, false]);
    queue.release(['a']);
    expect(queue.takeBatch(upTo(10))).toEqual([item('a', 2)]);
  });

  it('never has a ticket in two batches, loses no item and keeps the order of every ticket', () => {
    const step = fc.oneof(
      fc.record({ push: fc.constantFrom('a', 'b', 'c', 'd'), bytes: fc.constantFrom(0, 10, 11, 60, 200) }),
      fc.record({ take: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ release: fc.nat(5) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = new TransitionQueue<Item>();
        const running: Item[][] = [];
        const done: Item[] = [];
        let pushed = 0;
        const take = (most: number) => {
          const batch = queue.takeBatch(upTo(most));
          const busy = new Set(running.flat().map(({ lane }) => lane));
          expect(batch.some(({ lane }) => busy.has(lane))).toBe(false);
          const heavy = batch.slice(1).filter(({ bytes }) => bytes > 10);
          expect(heavy.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(100);
          if (batch.length > 0) running.push(batch);
        };
        const release = (which: number) => {
          const [batch] = running.splice(which % Math.max(1, running.length), 1);
          if (batch === undefined) return;
          done.push(...batch);
          queue.release(new Set(batch.map(({ lane }) => lane)));
        };
        for (const each of steps) {
          if ('push' in each) queue.push(item(each.push, pushed++, each.bytes));
          else if ('take' in each) take(each.take);
          else release(each.release);
          expect(queue.length + running.flat().length + done.length).toBe(pushed);
        }
        while (queue.length + running.length > 0) {
          release(0);
          take(5);
        }
        for (const id of ['a', 'b', 'c', 'd']) {
          const orders = done.filter(({ lane }) => lane === id).map(({ order }) => order);
          expect(orders).toEqual(orders.toSorted((x, y) => x - y));
        }
      }),
    );
  });

  it('takes heavy items up to the bytes of a batch, and light ones of other lanes behind them', () => {
    const queue = new TransitionQueue<Item>();
    const items = [item('a', 1, 60), item('b', 2, 60), item('c', 3, 5), item('b', 4, 5), item('d', 5, 40)];
    for (const each of items) queue.push(each);
    expect(queue.takeBatch(upTo(9)).map(({ order }) => order)).toEqual([1, 3]);
    expect(queue.takeBatch(upTo(9)).map(({ order }) => order)).toEqual([2, 4]);
    expect(queue.takeBatch(upTo(9)).map(({ order }) => order)).toEqual([5]);
  });

  it('takes an item that alone exceeds the bytes of a batch', () => {
    const queue = new TransitionQueue<Item>();
    queue.push(item('a', 1, 500));
    queue.push(item('b', 2, 500));
    expect(queue.takeBatch(upTo(9))).toEqual([item('a', 1, 500)]);
    expect(queue.takeBatch(upTo(9))).toEqual([item('b', 2, 500)]);
  });
});
