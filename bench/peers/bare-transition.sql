-- One transition in one statement: the ticket, its history row and its event, or nothing.
-- $1 ticket, $2 target phase, $3 phases with an edge to it, $4 reason, $5 actor
WITH moved AS (
  UPDATE tickets
     SET phase_id = $2::varchar,
         previous_phase_id = phase_id,
         resume_phase_id = CASE WHEN $2::varchar = 'BLOCKED' THEN phase_id END,
         phase_entered_at = greatest(clock_timestamp()::timestamptz(3), phase_entered_at),
         transition_count = transition_count + 1,
         version = version + 1,
         updated_at = greatest(clock_timestamp()::timestamptz(3), updated_at)
   WHERE id = $1 AND phase_id = ANY ($3::varchar[]) AND archived_at IS NULL
  RETURNING *
), recorded AS (
  INSERT INTO phase_history (ticket_id, sequence, id, from_phase, to_phase, transition_reason, transitioned_by,
                             graph_id, version, created_at)
  SELECT id, transition_count, gen_random_uuid(), previous_phase_id, phase_id, $4, $5, graph_id, version, phase_entered_at
    FROM moved
  RETURNING id AS transition_id, transition_reason, transitioned_by, created_at AS transitioned_at
), traced AS (
  INSERT INTO ticket_events (ticket_id, version, type, actor, at, sequence)
  SELECT id, version, 'moved', $5, phase_entered_at, transition_count FROM moved
)
SELECT moved.id, title, description, priority, phase_id, previous_phase_id, phase_entered_at, transition_count, version,
       created_at, updated_at, transition_id, transition_reason, transitioned_by, transitioned_at
  FROM moved, recorded
