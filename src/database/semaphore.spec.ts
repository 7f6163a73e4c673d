import { setImmediate as tick } from 'node:timers/promises';
import { DomainError } from '../problems/domain-error';
import { Semaphore } from './semaphore';

describe('Semaphore', () => {
  it('runs tasks up to its concurrency, queues the next ones in order, and rejects the rest', async () => {
    const semaphore = new Semaphore(2, 2, 1_000);
    const open: (() => void)[] = [];
    const started: number[] = [];
    const run = (n: number) =>
      semaphore.run(() => {
        started.push(n);
        return new Promise<void>((resolve) => open.push(resolve));
      });
    const tasks = [run(1), run(2), run(3), run(4)];
    await expect(run(5)).rejects.toThrow(DomainError);
    expect(started).toEqual([1, 2]);
    open.shift()!();
    await tick();
    expect(started).toEqual([1, 2, 3]);
    while (open.length > 0) {
      open.shift()!();
      await tick();
    }
    await Promise.all(tasks);
    expect([started, semaphore.isEmpty]).toEqual([[1, 2, 3, 4], true]);
  });

  it('rejects a task whose wait times out, and keeps the order of the others', async () => {
    const semaphore = new Semaphore(1, 3, 20);
    let end = (): void => undefined;
    const held = semaphore.run(() => new Promise<void>((resolve) => (end = resolve)));
    await expect(semaphore.run(() => Promise.resolve())).rejects.toThrow('Nothing was changed.');
    const next = semaphore.run(() => Promise.resolve('its turn came'));
    end();
    await held;
    await expect(next).resolves.toBe('its turn came');
    expect(semaphore.isEmpty).toBe(true);
  });

  it('admits waiting callers in order, without a limit by default', async () => {
    const semaphore = new Semaphore(2);
    const entered: number[] = [];
    for (const n of [1, 2, 3, 4]) void semaphore.acquire().then(() => entered.push(n));
    await tick();
    expect(entered).toEqual([1, 2]);
    semaphore.release();
    await tick();
    expect(entered).toEqual([1, 2, 3]);
    semaphore.release();
    await tick();
    expect(entered).toEqual([1, 2, 3, 4]);
    expect(semaphore.isEmpty).toBe(false);
    semaphore.release();
    semaphore.release();
    expect(semaphore.isEmpty).toBe(true);
  });

  it('starts the next task when one fails', async () => {
    const semaphore = new Semaphore(1, 1, 1_000);
    const failing = semaphore.run(() => Promise.reject(new Error('no')));
    const next = semaphore.run(() => Promise.resolve('yes'));
    await expect(failing).rejects.toThrow('no');
    await expect(next).resolves.toBe('yes');
    expect(semaphore.isEmpty).toBe(true);
  });
});
