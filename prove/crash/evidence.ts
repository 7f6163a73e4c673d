import { query } from '../cluster';
import type { Writer } from './writer';

interface Row {
  ticket_id: string;
  id: string;
  key: string;
}

/** What the database has of what writers were told. */
export interface Evidence {
  /** Acknowledged moves that are not there. */
  readonly lost: readonly string[];
  /** Requests that moved their ticket more than once. */
  readonly repeated: readonly string[];
}

export async function gatherEvidence(databaseUrl: string, writers: readonly Writer[]): Promise<Evidence> {
  const rows = await query<Row>(
    databaseUrl,
    'SELECT ticket_id, id, transition_reason AS key FROM phase_history WHERE ticket_id = ANY ($1)',
    [writers.map(({ ticketId }) => ticketId)],
  );
  const found = new Map<string, string[]>();
  for (const { key, id } of rows) found.set(key, [...(found.get(key) ?? []), id]);
  const acknowledged = writers.flatMap((writer) => writer.acknowledged.map((move) => ({ ...move, ...writer })));
  return {
    lost: acknowledged
      .filter(({ key, transitionId }) => !found.get(key)?.includes(transitionId))
      .map(({ key, ticketId }) => `ticket ${ticketId}: the move ${key} was acknowledged and is not there`),
    repeated: [...found]
      .filter(([, ids]) => ids.length > 1)
      .map(([key, ids]) => `the request ${key} moved its ticket ${ids.length} times`),
  };
}
