import { setTimeout as sleep } from 'node:timers/promises';
import { brokenChains } from '../audit';
import type { ClaimName } from '../claims';
import { Random } from '../random';
import { defineStrictWorkflow, WORKFLOWS } from '../strict-workflow';
import type { Arena, Target } from '../target';
import { createTicket } from '../tickets';
import { gatherEvidence } from './evidence';
import type { CrashSite } from './site';
import { Writer } from './writer';

const WRITERS = 24;

/** How long a kill may keep the service away, in milliseconds. */
const PATIENCE = 30_000;

/** Load before a kill: chance decides, from the least on, in milliseconds. */
const LOAD = { least: 100, spread: 700 } as const;

const VICTIMS = ['application', 'database'] as const;
type Victim = (typeof VICTIMS)[number];

const KEPT: Readonly<Record<Victim, ClaimName>> = { application: 'keptByApplication', database: 'keptByDatabase' };

/**
 * Kills under load, each at a moment and in an order that chance decides.
 *
 * @param kills of the application, and as many of PostgreSQL
 */
export async function attackWithCrashes(target: Target, kills: number, seed: number): Promise<void> {
  const random = new Random(seed);
  const site = await target.openSite();
  await defineStrictWorkflow(arenaOf(target, site));
  // In pairs: a PostgreSQL that is killed again and again right after its start is given up on, and rightly so.
  const victims = Array.from({ length: kills }, () => random.shuffled(VICTIMS)).flat();
  for (const [n, victim] of victims.entries()) {
    const away = await attackOnce(target, site, victim, random);
    target.say(`crash: kill ${n + 1} of ${victims.length}, the ${victim}; a move was made again after ${away} ms`);
  }
}

/** @returns how long it took until a move was made again, in milliseconds */
async function attackOnce(target: Target, site: CrashSite, victim: Victim, random: Random): Promise<number> {
  const writers = await openWriters(target, site);
  let deadline = Infinity;
  const running = Promise.all(writers.map((writer) => writer.run(() => deadline)));
  await sleep(LOAD.least + random.below(LOAD.spread));
  const killed = Date.now();
  deadline = killed + PATIENCE;
  if (victim === 'database') site.killDatabase();
  else await site.killApplication().catch((error: Error) => target.ledger.violate('backByItself', error.message));
  await servesAgain(writers, deadline);
  const away = Date.now() - killed;
  for (const writer of writers) writer.stop();
  await running;
  target.ledger.judge(
    'backByItself',
    away < PATIENCE ? [] : [`the ${victim} was killed, and no move made for ${away} ms`],
  );
  if (away < PATIENCE) await judge(target, site, victim, writers, random);
  return away;
}

async function openWriters(target: Target, site: CrashSite): Promise<Writer[]> {
  const arena = arenaOf(target, site);
  const creating = Array.from({ length: WRITERS }, (_, n) =>
    createTicket(arena, 'IMPLEMENTATION', WORKFLOWS[n % WORKFLOWS.length]!),
  );
  return (await Promise.all(creating)).map(({ id }) => new Writer(target.client, site, id));
}

function arenaOf({ client }: Target, { origin, databaseUrl }: CrashSite): Arena {
  return { client, origins: [origin], databaseUrl };
}

/** Waits until something that was asked for after the kill is acknowledged. */
async function servesAgain(writers: readonly Writer[], deadline: number): Promise<void> {
  const acknowledged = (): number => writers.reduce((sum, writer) => sum + writer.acknowledged.length, 0);
  // Answers that were on their way when the kill came do not count.
  await sleep(50);
  const before = acknowledged();
  while (acknowledged() < before + WRITERS && Date.now() < deadline) await sleep(10);
}

async function judge(
  { ledger }: Target,
  site: CrashSite,
  victim: Victim,
  writers: readonly Writer[],
  random: Random,
): Promise<void> {
  for (const writer of writers) await repeatOne(writer, random);
  const { lost, repeated } = await gatherEvidence(site.databaseUrl, writers);
  const broken = await brokenChains(
    site.databaseUrl,
    writers.map(({ ticketId }) => ticketId),
  );
  ledger.attempt(
    KEPT[victim],
    writers.reduce((sum, writer) => sum + writer.acknowledged.length, 0),
  );
  for (const fault of lost) ledger.violate(KEPT[victim], fault);
  ledger.attempt('noHalfMove', writers.length);
  for (const id of broken) ledger.violate('noHalfMove', `ticket ${id}: history, phase and counts disagree`);
  ledger.attempt(
    'onceInTheEnd',
    writers.reduce((sum, writer) => sum + writer.retries, 0),
  );
  for (const fault of [...repeated, ...writers.flatMap(({ odd }) => odd)]) ledger.violate('onceInTheEnd', fault);
}

/** Of the moves to where the ticket is not now: the state machine would allow it again. */
async function repeatOne(writer: Writer, random: Random): Promise<void> {
  const last = writer.acknowledged.at(-1);
  const earlier = writer.acknowledged.filter(({ toPhase }) => toPhase !== last?.toPhase);
  if (earlier.length > 0) await writer.repeat(random.pick(earlier));
}
