import { setTimeout as sleep } from 'node:timers/promises';
import { query } from '../../testkit/cluster';
import { brokenChains } from '../audit';
import type { PropertyName } from '../properties';
import { Random } from '../random';
import type { Deployment, Target } from '../target';
import { createTickets, defineStrictWorkflow } from '../tickets';
import type { Installation } from './installation';
import { Writer } from './writer';

const WRITERS = 24;

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
  const writers = await openWriters(target, installation);
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

async function openWriters(target: Target, installation: Installation): Promise<Writer[]> {
  const tickets = await createTickets(deploymentOf(target, installation), 'IMPLEMENTATION', WRITERS);
  return tickets.map(({ id }) => new Writer(target.client, installation, id));
}

function deploymentOf({ client }: Target, { origin, databaseUrl }: Installation): Deployment {
  return { client, origins: [origin], databaseUrl };
}

/** Waits until transitions that were requested after the kill are acknowledged. */
async function untilRecovered(writers: readonly Writer[], deadline: number): Promise<void> {
  const acknowledged = (): number => sumOf(writers, (writer) => writer.acknowledged.length);
  // Responses that were on their way at the time of the kill do not count.
  await sleep(50);
  const before = acknowledged();
  while (acknowledged() < before + WRITERS && Date.now() < deadline) await sleep(10);
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

function sumOf(writers: readonly Writer[], count: (writer: Writer) => number): number {
  return writers.reduce((sum, writer) => sum + count(writer), 0);
}

/** Repeats a random acknowledged request whose transition the workflow allows again. */
async function repeatOne(writer: Writer, random: Random): Promise<void> {
  const last = writer.acknowledged.at(-1);
  const earlier = writer.acknowledged.filter(({ toPhase }) => toPhase !== last?.toPhase);
  if (earlier.length > 0) await writer.repeat(random.pick(earlier));
}

/** Finds acknowledged transitions that are missing, and requests that moved their ticket more than once. */
async function compareWithDatabase(databaseUrl: string, writers: readonly Writer[]) {
  const rows = await query<{ id: string; key: string }>(
    databaseUrl,
    'SELECT id, transition_reason AS key FROM phase_history WHERE ticket_id = ANY ($1)',
    [writers.map(({ ticketId }) => ticketId)],
  );
  const found = new Map<string, string[]>();
  for (const { key, id } of rows) found.set(key, [...(found.get(key) ?? []), id]);
  const lost = writers.flatMap(({ acknowledged, ticketId }) =>
    acknowledged
      .filter(({ key, transitionId }) => !found.get(key)?.includes(transitionId))
      .map(({ key }) => `ticket ${ticketId}: the acknowledged transition ${key} is missing`),
  );
  const repeated = [...found].filter(([, ids]) => ids.length > 1);
  return { lost, repeated: repeated.map(([key, ids]) => `the request ${key} moved its ticket ${ids.length} times`) };
}
