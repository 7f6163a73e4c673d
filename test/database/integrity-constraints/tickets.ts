import { atCommit, atStatement, record, whole, type Attack } from './attack';

const CREATE = `INSERT INTO tickets (id, title, initial_phase_id, phase_id, previous_phase_id, transition_count)`;
const FIXED = atStatement('23001', 'tickets_fixed');
const KEPT = atStatement('23001', 'tickets_kept');
const MOVED_KEPT = atStatement('23001', 'tickets_with_history_kept');

/** New tickets that contradict their history. */
export const NEW_TICKETS: Attack[] = [
  {
    name: 'with a count but no rows',
    attack: [`${CREATE} VALUES ('{missing}', 'x', 'BACKLOG', 'REQUIREMENTS', 'BACKLOG', 1)`],
    refusal: atCommit('23514', 'tickets_history'),
    control: [
      `${CREATE} VALUES ('{missing}', 'x', 'BACKLOG', 'REQUIREMENTS', 'BACKLOG', 1)`,
      record('missing', 1, 'BACKLOG', 'REQUIREMENTS'),
    ],
  },
  {
    name: 'with rows but no count',
    attack: [
      `${CREATE} VALUES ('{missing}', 'x', 'BACKLOG', 'BACKLOG', NULL, 0)`,
      record('missing', 1, 'BACKLOG', 'REQUIREMENTS'),
    ],
    refusal: atCommit('23514', 'phase_history_chain'),
    control: [`${CREATE} VALUES ('{missing}', 'x', 'BACKLOG', 'BACKLOG', NULL, 0)`],
  },
  {
    name: 'with a larger count than rows',
    attack: [
      `${CREATE} VALUES ('{missing}', 'x', 'BACKLOG', 'REQUIREMENTS', 'BACKLOG', 2)`,
      record('missing', 1, 'BACKLOG', 'REQUIREMENTS'),
    ],
    refusal: atCommit('23514', 'tickets_history'),
    control: [
      `${CREATE} VALUES ('{missing}', 'x', 'BACKLOG', 'REQUIREMENTS', 'BACKLOG', 1)`,
      record('missing', 1, 'BACKLOG', 'REQUIREMENTS'),
    ],
  },
  {
    name: 'with a history that begins in another phase',
    attack: [
      `${CREATE} VALUES ('{missing}', 'x', 'DESIGN', 'REQUIREMENTS', 'BACKLOG', 1)`,
      record('missing', 1, 'BACKLOG', 'REQUIREMENTS'),
    ],
    refusal: atStatement('23514', 'phase_history_chain'),
    control: [
      `${CREATE} VALUES ('{missing}', 'x', 'BACKLOG', 'REQUIREMENTS', 'BACKLOG', 1)`,
      record('missing', 1, 'BACKLOG', 'REQUIREMENTS'),
    ],
  },
  {
    name: 'in another phase than its initial one',
    attack: [`${CREATE} VALUES ('{missing}', 'x', 'BACKLOG', 'DESIGN', NULL, 0)`],
    refusal: atStatement('23514', 'tickets_unmoved_check'),
    control: [`${CREATE} VALUES ('{missing}', 'x', 'DESIGN', 'DESIGN', NULL, 0)`],
  },
  {
    name: 'with a previous phase',
    attack: [`${CREATE} VALUES ('{missing}', 'x', 'DESIGN', 'DESIGN', 'BACKLOG', 0)`],
    refusal: atStatement('23514', 'tickets_moved_check'),
    control: [`${CREATE} VALUES ('{missing}', 'x', 'DESIGN', 'DESIGN', NULL, 0)`],
  },
  {
    name: 'with a negative count',
    attack: [`${CREATE} VALUES ('{missing}', 'x', 'DESIGN', 'DESIGN', NULL, -1)`],
    refusal: atStatement('23514', 'tickets_unmoved_check'),
    control: [`${CREATE} VALUES ('{missing}', 'x', 'DESIGN', 'DESIGN', NULL, 0)`],
  },
  {
    name: 'by COPY, with a count but no rows',
    attack: [
      `COPY tickets (id, title, initial_phase_id, phase_id, previous_phase_id, transition_count)
         FROM PROGRAM 'echo {missing},x,BACKLOG,REQUIREMENTS,BACKLOG,1' (FORMAT csv)`,
    ],
    refusal: atCommit('23514', 'tickets_history'),
    control: [
      `COPY tickets (id, title, initial_phase_id, phase_id, previous_phase_id, transition_count)
         FROM PROGRAM 'echo {missing},x,BACKLOG,BACKLOG,,0' (FORMAT csv)`,
    ],
  },
];

/** Changes of immutable columns. */
export const FIXED_COLUMNS: Attack[] = [
  {
    name: 'the initial phase of a ticket that moved',
    attack: [`UPDATE tickets SET initial_phase_id = 'DESIGN' WHERE id = '{moved}'`],
    refusal: FIXED,
    control: [`UPDATE tickets SET initial_phase_id = 'BACKLOG' WHERE id = '{moved}'`],
  },
  {
    name: 'the initial phase of a ticket without transitions',
    attack: [`UPDATE tickets SET initial_phase_id = 'DESIGN', phase_id = 'DESIGN' WHERE id = '{new}'`],
    refusal: FIXED,
    control: [`UPDATE tickets SET initial_phase_id = 'BACKLOG', phase_id = 'BACKLOG' WHERE id = '{new}'`],
  },
  {
    name: 'the id',
    attack: [`UPDATE tickets SET id = '{missing}' WHERE id = '{new}'`],
    refusal: FIXED,
    control: [`UPDATE tickets SET id = '{new}' WHERE id = '{new}'`],
  },
  {
    name: 'the graph',
    attack: [
      `INSERT INTO graphs (workflow, version) VALUES ('{missing}', 1)`,
      `UPDATE tickets SET graph_id = (SELECT id FROM graphs WHERE workflow = '{missing}') WHERE id = '{new}'`,
    ],
    refusal: FIXED,
    control: [
      `INSERT INTO graphs (workflow, version) VALUES ('{missing}', 1)`,
      `UPDATE tickets SET graph_id = (SELECT id FROM graphs WHERE workflow = 'sdlc') WHERE id = '{new}'`,
    ],
  },
  {
    name: 'the count, back to an earlier row',
    attack: [
      `UPDATE tickets SET transition_count = 1, phase_id = 'REQUIREMENTS', previous_phase_id = 'BACKLOG' WHERE id = '{moved}'`,
    ],
    refusal: FIXED,
    control: [
      `UPDATE tickets SET transition_count = 2, phase_id = 'DESIGN', previous_phase_id = 'REQUIREMENTS' WHERE id = '{moved}'`,
    ],
  },
  {
    name: 'the count, back to zero',
    attack: [
      `UPDATE tickets SET transition_count = 0, phase_id = 'BACKLOG', previous_phase_id = NULL WHERE id = '{moved}'`,
    ],
    refusal: FIXED,
    control: [
      `UPDATE tickets SET transition_count = 0, phase_id = 'BACKLOG', previous_phase_id = NULL WHERE id = '{new}'`,
    ],
  },
];

const ANEW = `INSERT INTO tickets (id, title, initial_phase_id, phase_id)`;

/** Deletions of tickets with history. */
export const REMOVALS: Attack[] = [
  {
    name: 'DELETE',
    attack: [`DELETE FROM tickets WHERE id = '{moved}'`],
    refusal: MOVED_KEPT,
    control: [`DELETE FROM tickets WHERE id = '{new}'`],
  },
  {
    name: 'DELETE before the ticket has moved with its first row',
    attack: [record('new', 1, 'BACKLOG', 'REQUIREMENTS'), `DELETE FROM tickets WHERE id = '{new}'`],
    refusal: atStatement('23503', 'phase_history_ticket_id_fkey'),
    control: [...whole('other', 2, 'REQUIREMENTS', 'DESIGN'), `DELETE FROM tickets WHERE id = '{new}'`],
  },
  {
    name: 'DELETE, and INSERT in the same statement',
    attack: [
      `WITH gone AS (DELETE FROM tickets WHERE id = '{moved}' RETURNING id) ${ANEW} SELECT id, 'x', 'DONE', 'DONE' FROM gone`,
    ],
    refusal: MOVED_KEPT,
    control: [
      `WITH gone AS (DELETE FROM tickets WHERE id = '{new}' RETURNING id) ${ANEW} SELECT id, 'x', 'DONE', 'DONE' FROM gone`,
    ],
  },
  {
    name: 'DELETE, and INSERT by a function of the same statement',
    attack: [
      `CREATE FUNCTION pg_temp.anew(uuid) RETURNS void LANGUAGE sql
         AS $$ ${ANEW} VALUES ($1, 'x', 'DONE', 'DONE') $$`,
      `DELETE FROM tickets WHERE id = '{moved}' RETURNING pg_temp.anew(id)`,
    ],
    refusal: MOVED_KEPT,
    control: [
      `CREATE FUNCTION pg_temp.anew(uuid) RETURNS void LANGUAGE sql
         AS $$ ${ANEW} VALUES ($1, 'x', 'DONE', 'DONE') $$`,
      `DELETE FROM tickets WHERE id = '{new}' RETURNING pg_temp.anew(id)`,
    ],
  },
  {
    name: 'MERGE with INSERT',
    attack: [
      `MERGE INTO tickets USING (VALUES (1), (2)) AS step (number) ON id = '{moved}' AND number = 1
         WHEN MATCHED THEN DELETE
         WHEN NOT MATCHED THEN INSERT (id, title, initial_phase_id, phase_id) VALUES ('{moved}', 'x', 'DONE', 'DONE')`,
    ],
    refusal: MOVED_KEPT,
    control: [
      `MERGE INTO tickets USING (VALUES (1), (2)) AS step (number) ON id = '{new}' AND number = 1
         WHEN MATCHED THEN DELETE
         WHEN NOT MATCHED THEN INSERT (id, title, initial_phase_id, phase_id) VALUES ('{new}', 'x', 'DONE', 'DONE')`,
    ],
  },
  {
    // PostgreSQL rejects this before any trigger runs, and names no constraint.
    name: 'TRUNCATE',
    attack: ['TRUNCATE tickets'],
    refusal: atStatement('0A000', undefined),
    control: [`DELETE FROM tickets WHERE id = '{new}'`],
  },
  ...['TRUNCATE tickets CASCADE', 'TRUNCATE tickets, phase_history', 'TRUNCATE projects CASCADE'].map((truncate) => ({
    name: truncate,
    attack: [truncate],
    refusal: KEPT,
    control: [`DELETE FROM tickets WHERE id = '{new}'`],
  })),
];
