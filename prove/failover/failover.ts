import { setTimeout as sleep } from 'node:timers/promises';
import { dataSourceOptions } from '../../ormconfig';
import { migrate } from '../../src/database/migrate';
import { DatabaseProxy } from '../../testkit/proxy';
import { ReplicatedPostgres } from '../../testkit/replicated-postgres';
import { brokenChains } from '../audit';
import { removeSafeguards } from '../control/store';
import type { Writer } from '../crash/writer';
import { compareWithDatabase, openWriters, sumOf, untilRecovered } from '../crash/writers';
import { Random } from '../random';
import type { Target } from '../target';
import { defineStrictWorkflow } from '../tickets';

/** The longest accepted outage after the promotion, in milliseconds. */
const RECOVERY_LIMIT = 30_000;

/** The random duration of each phase of a fail-over, in milliseconds. */
const SPAN = { least: 100, spread: 500 } as const;

/**
 * How the primary is lost. `cancel`: it is cut off from its standby, and an administrator cancels the commits that wait, before
 * it is killed. `kill`: at once. `cut`: it is cut off, then killed.
 */
const WAYS = ['cancel', 'kill', 'cut'] as const;
type Way = (typeof WAYS)[number];

/**
 * Fails over from a primary to its standby, under load. Phaseline's standby is synchronous. The control group's is
 * asynchronous and is cut off before the kill, which loses what was acknowledged meanwhile.
 *
 * @param failovers each with a primary and a standby of its own
 */
export async function attackWithFailovers(target: Target, failovers: number, seed: number): Promise<void> {
  const random = new Random(seed);
  const isControl = target.name === 'control group';
  for (let n = 0; n < failovers; n++) {
    const way = isControl ? 'cut' : (WAYS[n % WAYS.length] ?? 'kill');
    const postgres = await ReplicatedPostgres.start('prove', !isControl, async (primary) => {
      await migrate(dataSourceOptions(primary.urlOf('postgres')));
      if (isControl) await removeSafeguards(primary.urlOf('postgres'));
    });
    const name = await DatabaseProxy.to(postgres.primary.urlOf('postgres'));
    try {
      const outage = await failOverOnce(target, postgres, name, way, random);
      target.log(`failover: ${n + 1} of ${failovers}, ${way}; transitions succeed again after ${outage} ms`);
    } finally {
      await target.stop();
      await name.refuse();
      await postgres.stop();
    }
  }
}

/** @param name the address under which the server knows the primary. @returns the time until transitions succeed again */
async function failOverOnce(
  target: Target,
  postgres: ReplicatedPostgres,
  name: DatabaseProxy,
  way: Way,
  random: Random,
): Promise<number> {
  const { origin } = await target.serve(name.url);
  const deployment = { client: target.client, origins: [origin], databaseUrl: name.url } as const;
  await defineStrictWorkflow(deployment);
  const writers = await openWriters(deployment, { origin });
  let deadline = Infinity;
  const running = Promise.all(writers.map((writer) => writer.run(() => deadline)));
  await losePrimary(postgres, way, random);
  const lost = Date.now();
  deadline = lost + RECOVERY_LIMIT;
  await postgres.promote();
  await name.moveTo(postgres.standby.urlOf('postgres'));
  await untilRecovered(writers, deadline);
  const outage = Date.now() - lost;
  for (const writer of writers) writer.stop();
  await running;
  const isRecovered = outage < RECOVERY_LIMIT;
  target.results.check('continues', isRecovered ? [] : [`no transition for ${outage} ms after the way ${way}`]);
  await checkStandby(target, postgres.standby.urlOf('postgres'), writers);
  return outage;
}

async function losePrimary(postgres: ReplicatedPostgres, way: Way, random: Random): Promise<void> {
  const pause = () => sleep(SPAN.least + random.below(SPAN.spread));
  await pause();
  if (way !== 'kill') {
    await postgres.link.refuse();
    await pause();
  }
  if (way === 'cancel') {
    // Several times: a look-up after a cancelled COMMIT waits for the standby itself, and so does a retry.
    for (let cancelled = 0, tries = 0; cancelled < 10 && tries < 250; tries++) {
      cancelled += await postgres.cancelWaits();
      await sleep(20);
    }
  }
  await postgres.primary.kill();
}

async function checkStandby(target: Target, url: string, writers: readonly Writer[]): Promise<void> {
  const { results } = target;
  const { lost } = await compareWithDatabase(url, writers);
  results.attempt(
    'keptByStandby',
    sumOf(writers, ({ acknowledged }) => acknowledged.length),
  );
  for (const error of lost) results.violate('keptByStandby', error);
  const ids = writers.map(({ ticketId }) => ticketId);
  results.attempt('wholeOnStandby', ids.length);
  for (const id of await brokenChains(url, ids)) {
    results.violate('wholeOnStandby', `ticket ${id}: history, phase and counts disagree`);
  }
  await target.audit(url);
}
