import { setImmediate as tick } from 'node:timers/promises';
import { DomainError } from '../problems/domain-error';
import { Semaphore } from './semaphore';

describe('Semaphore', () => {
  it('runs so many at once, lets so many wait in order, and refuses the rest', async () => {
    const turnstile = new Semaphore(2, 2, 1_000);
    const open: (() => void)[] = [];
    const started: number[] = [];
    const run = (n: number) =>
      turnstile.run(() => {
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
    expect([started, turnstile.isEmpty]).toEqual([[1, 2, 3, 4], true]);
  });

  it('refuses who waits too long, and leaves the rest in their order', async () => {
    const turnstile = new Semaphore(1, 3, 20);
    let end = (): void => undefined;
    const held = turnstile.run(() => new Promise<void>((resolve) => (end = resolve)));
    await expect(turnstile.run(() => Promise.resolve())).rejects.toThrow('Nothing was changed.');
    const next = turnstile.run(() => Promise.resolve('its turn came'));
    end();
    await held;
    await expect(next).resolves.toBe('its turn came');
    expect(turnstile.isEmpty).toBe(true);
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

  it('hands its place on when a task fails', async () => {
    const turnstile = new Semaphore(1, 1, 1_000);
    const failing = turnstile.run(() => Promise.reject(new Error('no')));
    const next = turnstile.run(() => Promise.resolve('yes'));
    await expect(failing).rejects.toThrow('no');
    await expect(next).resolves.toBe('yes');
    expect(turnstile.isEmpty).toBe(true);
  });
});
