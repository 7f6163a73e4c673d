import fc from 'fast-check';
import { TransitionQueue } from './transition-queue';

const item = (ticketId: string, order: number) => ({ ticketId, order });

describe('TransitionQueue', () => {
  it('returns the oldest items first, up to the size of a batch', () => {
    const queue = new TransitionQueue();
    for (const id of ['a', 'b', 'c']) queue.push(item(id, 0));
    expect(queue.takeBatch(2).map(({ ticketId }) => ticketId)).toEqual(['a', 'b']);
    expect(queue.length).toBe(1);
    expect(queue.takeBatch(2).map(({ ticketId }) => ticketId)).toEqual(['c']);
    expect(queue.takeBatch(2)).toEqual([]);
  });

  it('keeps a ticket out of a second batch while the first is running', () => {
    const queue = new TransitionQueue<{ ticketId: string; order: number }>();
    queue.push(item('a', 1));
    queue.takeBatch(10);
    queue.push(item('a', 2));
    queue.push(item('b', 3));
    expect(queue.takeBatch(10)).toEqual([item('b', 3)]);
    expect([queue.length, queue.hasReady]).toEqual([1, false]);
    queue.release(['a']);
    expect(queue.takeBatch(10)).toEqual([item('a', 2)]);
  });

  it('never has a ticket in two batches, loses no item and keeps the order of every ticket', () => {
    const step = fc.oneof(
      fc.record({ push: fc.constantFrom('a', 'b', 'c', 'd') }),
      fc.record({ take: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ release: fc.nat(5) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = new TransitionQueue<{ ticketId: string; order: number }>();
        const running: { ticketId: string; order: number }[][] = [];
        const done: { ticketId: string; order: number }[] = [];
        let pushed = 0;
        const take = (most: number) => {
          const batch = queue.takeBatch(most);
          const busy = new Set(running.flat().map(({ ticketId }) => ticketId));
          expect(batch.some(({ ticketId }) => busy.has(ticketId))).toBe(false);
          if (batch.length > 0) running.push(batch);
        };
        const release = (which: number) => {
          const [batch] = running.splice(which % Math.max(1, running.length), 1);
          if (batch === undefined) return;
          done.push(...batch);
          queue.release(new Set(batch.map(({ ticketId }) => ticketId)));
        };
        for (const each of steps) {
          if ('push' in each) queue.push(item(each.push, pushed++));
          else if ('take' in each) take(each.take);
          else release(each.release);
          expect(queue.length + running.flat().length + done.length).toBe(pushed);
        }
        while (queue.length + running.length > 0) {
          release(0);
          take(5);
        }
        for (const id of ['a', 'b', 'c', 'd']) {
          const orders = done.filter(({ ticketId }) => ticketId === id).map(({ order }) => order);
          expect(orders).toEqual(orders.toSorted((x, y) => x - y));
        }
      }),
    );
  });
});
