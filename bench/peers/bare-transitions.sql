-- Many transitions of different tickets in one statement, with every row that Phaseline writes for them.
-- $1 tickets, $2 target phase of each, $3 reason, $4 actor
WITH wanted AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::varchar[]) AS wanted (ticket_id, to_phase)
), moved AS (
  UPDATE tickets
     SET phase_id = wanted.to_phase,
         previous_phase_id = tickets.phase_id,
         resume_phase_id = CASE WHEN wanted.to_phase = 'BLOCKED' THEN tickets.phase_id END,
         phase_entered_at = greatest(clock_timestamp()::timestamptz(3), tickets.phase_entered_at),
         transition_count = tickets.transition_count + 1,
         version = tickets.version + 1,
         updated_at = greatest(clock_timestamp()::timestamptz(3), tickets.updated_at)
    FROM wanted
   WHERE tickets.id = wanted.ticket_id AND tickets.archived_at IS NULL
     AND EXISTS (SELECT FROM graph_edges edge
                  WHERE edge.graph_id = tickets.graph_id
                    AND edge.from_phase = tickets.phase_id
                    AND edge.to_phase = wanted.to_phase)
  RETURNING tickets.*
), traced AS (
  INSERT INTO ticket_events (ticket_id, version, type, actor, at, sequence)
  SELECT id, version, 'moved', $4, phase_entered_at, transition_count FROM moved
)
INSERT INTO phase_history (ticket_id, sequence, id, from_phase, to_phase, transition_reason, transitioned_by,
                           graph_id, version, created_at)
SELECT id, transition_count, gen_random_uuid(), previous_phase_id, phase_id, $3, $4, graph_id, version, phase_entered_at
  FROM moved
