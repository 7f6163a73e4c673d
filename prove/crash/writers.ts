import { setTimeout as sleep } from 'node:timers/promises';
import { query } from '../../testkit/cluster';
import type { Deployment } from '../target';
import { createTickets } from '../tickets';
import type { Installation } from './installation';
import { Writer } from './writer';

const WRITERS = 24;

/** Creates tickets, and a writer for each. */
export async function openWriters(
  deployment: Deployment,
  installation: Pick<Installation, 'origin'>,
): Promise<Writer[]> {
  const tickets = await createTickets(deployment, 'IMPLEMENTATION', WRITERS);
  return tickets.map(({ id }) => new Writer(deployment.client, installation, id));
}

/** Waits until transitions that were requested after the kill are acknowledged. */
export async function untilRecovered(writers: readonly Writer[], deadline: number): Promise<void> {
  const acknowledged = (): number => sumOf(writers, (writer) => writer.acknowledged.length);
  // Responses that were on their way at the time of the kill do not count.
  await sleep(50);
  const before = acknowledged();
  while (acknowledged() < before + WRITERS && Date.now() < deadline) await sleep(10);
}

/** Returns the sum of a count over all writers. */
export function sumOf(writers: readonly Writer[], count: (writer: Writer) => number): number {
  return writers.reduce((sum, writer) => sum + count(writer), 0);
}

/** Finds acknowledged transitions that are missing, and requests that moved their ticket more than once. */
export async function compareWithDatabase(databaseUrl: string, writers: readonly Writer[]) {
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
