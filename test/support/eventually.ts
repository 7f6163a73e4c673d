import { setTimeout as sleep } from 'node:timers/promises';

/** Asks every 20 ms until there is an answer, for at most 25 s. */
export async function eventually<T>(ask: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  for (let waited = 0; waited < 25_000; waited += 20) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    await sleep(20);
  }
  throw new Error('Nothing came within 25 seconds.');
}
