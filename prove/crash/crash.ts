import { setTimeout as sleep } from 'node:timers/promises';
import { brokenChains } from '../audit';
import type { PropertyName } from '../properties';
import { Random } from '../random';
import type { Deployment, Target } from '../target';
import { defineStrictWorkflow } from '../tickets';
import type { Installation } from './installation';
import type { Writer } from './writer';
import { compareWithDatabase, openWriters, sumOf, untilRecovered } from './writers';

/** The longest accepted outage after a kill, in milliseconds. */
const RECOVERY_LIMIT = 30_000;

/** The random duration of the load before a kill, in milliseconds. */
const LOAD = { least: 100, spread: 700 } as const;

const VICTIMS = ['server', 'database'] as const;
type Victim = (typeof VICTIMS)[number];

const KEPT: Readonly<Record<Victim, PropertyName>> = { server: 'keptByApplication', database: 'keptByDatabase' };

/**
 * Kills the server and PostgreSQL under load, at random moments and in random order.
 *
 * @param kills of the server, and as many of PostgreSQL
 */
export async function attackWithCrashes(target: Target, kills: number, seed: number): Promise<void> {
  const random = new Random(seed);
  const installation = await target.install();
  await defineStrictWorkflow(deploymentOf(target, installation));
  // In pairs: the keeper gives up on a PostgreSQL that dies repeatedly right after its start.
  const victims = Array.from({ length: kills }, () => random.shuffled(VICTIMS)).flat();
  for (const [n, victim] of victims.entries()) {
    const outage = await killOnce(target, installation, victim, random);
    target.log(
      `crash: kill ${n + 1} of ${victims.length}, the ${victim}; transitions succeed again after ${outage} ms`,
    );
  }
}

/** @returns the time until transitions succeed again, in milliseconds */
async function killOnce(target: Target, installation: Installation, victim: Victim, random: Random): Promise<number> {
  const writers = await openWriters(deploymentOf(target, installation), installation);
  let deadline = Infinity;
  const running = Promise.all(writers.map((writer) => writer.run(() => deadline)));
  await sleep(LOAD.least + random.below(LOAD.spread));
  const killed = Date.now();
  deadline = killed + RECOVERY_LIMIT;
  if (victim === 'database') installation.killDatabase();
  else await installation.killServer().catch((error: Error) => target.results.violate('backByItself', error.message));
  await untilRecovered(writers, deadline);
  const outage = Date.now() - killed;
  for (const writer of writers) writer.stop();
  await running;
  const isRecovered = outage < RECOVERY_LIMIT;
  target.results.check(
    'backByItself',
    isRecovered ? [] : [`no transition for ${outage} ms after killing the ${victim}`],
  );
  if (isRecovered) await checkRows(target, installation, victim, writers, random);
  return outage;
}

function deploymentOf({ client }: Target, { origin, databaseUrl }: Installation): Deployment {
  return { client, origins: [origin], databaseUrl };
}

async function checkRows(
  { results }: Target,
  { databaseUrl }: Installation,
  victim: Victim,
  writers: readonly Writer[],
  random: Random,
): Promise<void> {
  for (const writer of writers) await repeatOne(writer, random);
  const { lost, repeated } = await compareWithDatabase(databaseUrl, writers);
  const ids = writers.map(({ ticketId }) => ticketId);
  const broken = await brokenChains(databaseUrl, ids);
  results.attempt(
    KEPT[victim],
    sumOf(writers, ({ acknowledged }) => acknowledged.length),
  );
  for (const error of lost) results.violate(KEPT[victim], error);
  results.attempt('noHalfMove', writers.length);
  for (const id of broken) results.violate('noHalfMove', `ticket ${id}: history, phase and counts disagree`);
  results.attempt(
    'onceInTheEnd',
    sumOf(writers, ({ retries }) => retries),
  );
  for (const error of [...repeated, ...writers.flatMap(({ unexpected }) => unexpected)]) {
    results.violate('onceInTheEnd', error);
  }
}

/** Repeats a random acknowledged request whose transition the workflow allows again. */
async function repeatOne(writer: Writer, random: Random): Promise<void> {
  const last = writer.acknowledged.at(-1);
  const earlier = writer.acknowledged.filter(({ toPhase }) => toPhase !== last?.toPhase);
  if (earlier.length > 0) await writer.repeat(random.pick(earlier));
}
