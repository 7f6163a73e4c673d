import type { TestDatabase } from './database';

/** Tickets whose history is not a chain from where they began to where they are. Sound databases have none. */
export function brokenChains(database: TestDatabase): Promise<{ id: string }[]> {
  return database.query(`
    SELECT ticket.id FROM tickets ticket
      LEFT JOIN LATERAL (
        SELECT count(*)::int AS moves, max(sequence) AS last,
               bool_and(joined AND in_order) AS sound,
               (array_agg(to_phase ORDER BY sequence DESC))[1] AS ends_in,
               (array_agg(from_phase ORDER BY sequence DESC))[1] AS came_from
          FROM (SELECT sequence, from_phase, to_phase,
                       from_phase = lag(to_phase, 1, ticket.initial_phase_id) OVER by_sequence
                         AND sequence = row_number() OVER by_sequence AS joined,
                       created_at >= lag(created_at, 1, created_at) OVER by_sequence AS in_order
                  FROM phase_history WHERE ticket_id = ticket.id WINDOW by_sequence AS (ORDER BY sequence)) AS steps
      ) AS history ON true
     WHERE ticket.transition_count <> history.moves
        OR ticket.phase_id <> coalesce(history.ends_in, ticket.initial_phase_id)
        OR ticket.previous_phase_id IS DISTINCT FROM history.came_from
        OR ticket.transition_count <> coalesce(history.last, 0)
        OR NOT coalesce(history.sound, true)`);
}
