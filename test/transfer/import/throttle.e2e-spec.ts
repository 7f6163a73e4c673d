import { setTimeout as sleep } from 'node:timers/promises';
import { Throttle } from '../../../src/transfer/import/throttle';
import { Session } from '../../../src/transfer/import/session';
import { createTestDatabase, type TestDatabase } from '../../../testkit/database';

let database: TestDatabase;
let session: Session;
beforeAll(async () => {
  database = await createTestDatabase();
  session = await Session.open(database.url);
});
afterAll(async () => {
  await session.close();
  await database.drop();
});

/** Returns whether it continues at once. On a busy machine this may fail, but not every time. */
async function goesOn(throttle: Throttle): Promise<boolean> {
  for (let tries = 0; tries < 5; tries++) if ((await restAfter(throttle, 1_100)) < 490) return true;
  return false;
}

/** How long it rests after so much work, both in milliseconds. */
async function restAfter(throttle: Throttle, work: number): Promise<number> {
  await sleep(work);
  const started = performance.now();
  await throttle.pause();
  return performance.now() - started;
}

describe('Throttle', () => {
  it('rests while others use the database, and only then', async () => {
    const throttle = new Throttle(session);
    expect(await goesOn(throttle)).toBe(true);
    expect(throttle.isActive).toBe(false);
    await sleep(600);
    await database.query('SELECT 1');
    expect(await restAfter(throttle, 0)).toBeGreaterThan(490);
    expect(throttle.isActive).toBe(true);
    expect(await goesOn(throttle)).toBe(true);
    expect(throttle.isActive).toBe(false);
  });
});
