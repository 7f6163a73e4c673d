import { verifyDatabase } from '../src/verify/verify-database';
import { query } from '../testkit/cluster';

/** The result of the audit of a database. */
export interface AuditResult {
  readonly tickets: number;
  readonly errors: readonly string[];
}

/**
 * Audits every ticket and every workflow of a database as `npm run verify` does, and checks every history again in SQL, so
 * that each of the two checks tests the other.
 */
export async function auditDatabase(url: string): Promise<AuditResult> {
  const { tickets, findings } = await verifyDatabase(url);
  const found = findings.map(({ ticket_id, code, detail }) => ({ id: ticket_id, error: `${code}: ${detail}` }));
  const ofTickets = new Map(found.flatMap(({ id, error }) => (id === null ? [] : [[id, error] as const])));
  for (const id of await brokenChains(url)) {
    if (!ofTickets.has(id)) ofTickets.set(id, 'verify reports no finding, but history, phase and counts disagree');
  }
  const ofWorkflows = found.filter(({ id }) => id === null).map(({ error }) => error);
  return { tickets, errors: [...ofWorkflows, ...Array.from(ofTickets, ([id, error]) => `ticket ${id}: ${error}`)] };
}

/**
 * Returns the ids of tickets whose history is not a chain from the initial phase to the current one.
 *
 * @param among the tickets to check; null: all
 */
export async function brokenChains(url: string, among: readonly string[] | null = null): Promise<string[]> {
  const rows = await query<{ id: string }>(url, BROKEN_CHAINS, [among]);
  return rows.map(({ id }) => id);
}

const BROKEN_CHAINS = `
  SELECT ticket.id FROM tickets ticket
    LEFT JOIN (
      SELECT ticket_id, count(*)::int AS moves, max(sequence) AS last,
             bool_and(joined AND in_order) AS sound,
             (array_agg(to_phase ORDER BY sequence DESC))[1] AS ends_in,
             (array_agg(from_phase ORDER BY sequence DESC))[1] AS came_from
        FROM (SELECT ticket_id, sequence, from_phase, to_phase,
                     from_phase = coalesce(lag(to_phase) OVER by_sequence, beginning.initial_phase_id)
                       AND sequence = row_number() OVER by_sequence AS joined,
                     phase_history.created_at >= coalesce(lag(phase_history.created_at) OVER by_sequence,
                                                          beginning.created_at) AS in_order
                FROM phase_history JOIN tickets beginning ON beginning.id = ticket_id
               WHERE $1::uuid[] IS NULL OR ticket_id = ANY ($1)
              WINDOW by_sequence AS (PARTITION BY ticket_id ORDER BY sequence)) AS entries
       GROUP BY ticket_id
    ) AS history ON history.ticket_id = ticket.id
   WHERE ($1 IS NULL OR ticket.id = ANY ($1))
     AND (ticket.transition_count <> coalesce(history.moves, 0)
      OR ticket.transition_count <> coalesce(history.last, 0)
      OR ticket.phase_id <> coalesce(history.ends_in, ticket.initial_phase_id)
      OR ticket.previous_phase_id IS DISTINCT FROM history.came_from
      OR NOT coalesce(history.sound, true))
   ORDER BY ticket.id`;
