import { setImmediate as turn } from 'node:timers/promises';
import { Semaphore } from './slots';

describe('Semaphore', () => {
  it('lets in as many as there are places, the others in the order of asking', async () => {
    const slots = new Semaphore(2);
    const entered: number[] = [];
    for (const n of [1, 2, 3, 4]) void slots.take().then(() => entered.push(n));
    await turn();
    expect(entered).toEqual([1, 2]);
    slots.free();
    await turn();
    expect(entered).toEqual([1, 2, 3]);
    slots.free();
    await turn();
    expect(entered).toEqual([1, 2, 3, 4]);
  });

  it('says when every place is free', async () => {
    const slots = new Semaphore(1);
    await slots.allFree();
    await slots.take();
    const second = slots.take();
    let free = false;
    void slots.allFree().then(() => {
      free = true;
    });
    slots.free();
    await second;
    await turn();
    expect(free).toBe(false);
    slots.free();
    await turn();
    expect(free).toBe(true);
  });
});
