import { atCommit, atStatement, create, edit, move, record, withEvents, type Attack } from './attack';
import { version } from './workflows';

/** A new ticket with the event of its creation. Every transition makes a version. */
function begin(initial: string, phase: string, previous: string | null, count: number): string {
  const cameFrom = previous === null ? 'NULL' : `'${previous}'`;
  return withEvents(
    `INSERT INTO tickets (id, title, initial_phase_id, phase_id, previous_phase_id, transition_count, version)
       VALUES ('{missing}', 'x', '${initial}', '${phase}', ${cameFrom}, ${count}, greatest(1, ${count} + 1))
       RETURNING id, 1, 'created', created_at, NULL::integer`,
  );
}

const FIXED = atStatement('23001', 'tickets_fixed');
const KEPT = atStatement('23001', 'tickets_kept');

/** New tickets that contradict their history. */
export const NEW_TICKETS: Attack[] = [
  {
    name: 'with a count but no rows',
    attack: [begin('BACKLOG', 'REQUIREMENTS', 'BACKLOG', 1)],
    refusal: atCommit('23514', 'tickets_history'),
    control: [begin('BACKLOG', 'REQUIREMENTS', 'BACKLOG', 1), record('missing', 1, 'BACKLOG', 'REQUIREMENTS')],
  },
  {
    name: 'with rows but no count',
    attack: [begin('BACKLOG', 'BACKLOG', null, 0), record('missing', 1, 'BACKLOG', 'REQUIREMENTS')],
    refusal: atCommit('23514', 'phase_history_chain'),
    control: [begin('BACKLOG', 'BACKLOG', null, 0)],
  },
  {
    name: 'with a larger count than rows',
    attack: [begin('BACKLOG', 'REQUIREMENTS', 'BACKLOG', 2), record('missing', 1, 'BACKLOG', 'REQUIREMENTS')],
    refusal: atCommit('23514', 'tickets_history'),
    control: [begin('BACKLOG', 'REQUIREMENTS', 'BACKLOG', 1), record('missing', 1, 'BACKLOG', 'REQUIREMENTS')],
  },
  {
    name: 'with a history that begins in another phase',
    attack: [begin('DESIGN', 'REQUIREMENTS', 'BACKLOG', 1), record('missing', 1, 'BACKLOG', 'REQUIREMENTS')],
    refusal: atStatement('23514', 'phase_history_chain'),
    control: [begin('BACKLOG', 'REQUIREMENTS', 'BACKLOG', 1), record('missing', 1, 'BACKLOG', 'REQUIREMENTS')],
  },
  {
    name: 'in another phase than its initial one',
    attack: [begin('BACKLOG', 'DESIGN', null, 0)],
    refusal: atStatement('23514', 'tickets_unmoved_check'),
    control: [begin('DESIGN', 'DESIGN', null, 0)],
  },
  {
    name: 'with a previous phase',
    attack: [begin('DESIGN', 'DESIGN', 'BACKLOG', 0)],
    refusal: atStatement('23514', 'tickets_moved_check'),
    control: [begin('DESIGN', 'DESIGN', null, 0)],
  },
  {
    name: 'with a negative count',
    attack: [begin('DESIGN', 'DESIGN', null, -1)],
    refusal: atStatement('23514', 'tickets_unmoved_check'),
    control: [begin('DESIGN', 'DESIGN', null, 0)],
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
      `INSERT INTO ticket_events (ticket_id, version, type) VALUES ('{missing}', 1, 'created')`,
    ],
  },
  {
    name: 'without the event of its creation',
    attack: [`INSERT INTO tickets (id, title, initial_phase_id) VALUES ('{missing}', 'x', 'BACKLOG')`],
    refusal: atCommit('23514', 'tickets_events'),
    control: [create('missing')],
  },
  {
    name: 'with versions that have no events',
    attack: [
      withEvents(`INSERT INTO tickets (id, title, initial_phase_id, version) VALUES ('{missing}', 'x', 'BACKLOG', 3)
                    RETURNING id, 1, 'created', created_at, NULL::integer`),
    ],
    refusal: atCommit('23514', 'tickets_events'),
    control: [create('missing')],
  },
  ...['BLOCKED', 'NOWHERE'].map((phase) => ({
    name: `in a phase that is not an initial one: ${phase}`,
    attack: [create('missing', phase)],
    refusal: atStatement('23514', 'tickets_initial_phase'),
    control: [create('missing', 'DEPLOYMENT')],
  })),
  {
    name: 'with a history that begins in a phase that is not an initial one',
    attack: [begin('BLOCKED', 'BACKLOG', 'BLOCKED', 1), record('missing', 1, 'BLOCKED', 'BACKLOG')],
    refusal: atCommit('23514', 'tickets_initial_phase'),
    control: [begin('BACKLOG', 'BLOCKED', 'BACKLOG', 1), record('missing', 1, 'BACKLOG', 'BLOCKED')],
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
    attack: [edit('new', `graph_id = ${version(1)}`, 'migrated')],
    refusal: FIXED,
    control: [`UPDATE tickets SET graph_id = (SELECT id FROM graphs WHERE workflow = 'sdlc') WHERE id = '{new}'`],
  },
  ...[`created_at = '2001-01-01'`, `external_source = 'x', external_id = 'y'`, `updated_at = '2001-01-01'`].map(
    (change) => ({
      name: change,
      attack: [`UPDATE tickets SET ${change} WHERE id = '{new}'`],
      refusal: FIXED,
      control: [`UPDATE tickets SET created_at = created_at, updated_at = clock_timestamp() WHERE id = '{new}'`],
    }),
  ),
  ...[`resume_phase_id = 'DESIGN'`, 'phase_entered_at = clock_timestamp()'].map((change) => ({
    name: `${change}, without a transition`,
    attack: [edit('moved', change)],
    refusal: atStatement('23001', 'tickets_resume_phase'),
    control: [
      move('moved', 3, 'DESIGN', 'BLOCKED').replace('SET', `SET ${change},`),
      record('moved', 3, 'DESIGN', 'BLOCKED'),
    ],
  })),
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
const ARCHIVE = [edit('new', 'archived_at = clock_timestamp()', 'archived')];

function removal(name: string, ...attack: string[]): Attack {
  return { name, attack, refusal: KEPT, control: ARCHIVE };
}

/** Deletions of tickets. */
export const REMOVALS: Attack[] = [
  removal('DELETE', `DELETE FROM tickets WHERE id = '{moved}'`),
  removal('DELETE of a ticket without history', `DELETE FROM tickets WHERE id = '{new}'`),
  removal('DELETE of no ticket', `DELETE FROM tickets WHERE id = '{missing}'`),
  removal(
    'DELETE before the ticket has moved with its first row',
    record('new', 1, 'BACKLOG', 'REQUIREMENTS'),
    `DELETE FROM tickets WHERE id = '{new}'`,
  ),
  removal(
    'DELETE, and INSERT in the same statement',
    `WITH gone AS (DELETE FROM tickets WHERE id = '{moved}' RETURNING id) ${ANEW} SELECT id, 'x', 'DONE', 'DONE' FROM gone`,
  ),
  removal(
    'DELETE, and INSERT by a function of the same statement',
    `CREATE FUNCTION pg_temp.anew(uuid) RETURNS void LANGUAGE sql AS $$ ${ANEW} VALUES ($1, 'x', 'DONE', 'DONE') $$`,
    `DELETE FROM tickets WHERE id = '{moved}' RETURNING pg_temp.anew(id)`,
  ),
  removal(
    'MERGE with INSERT',
    `MERGE INTO tickets USING (VALUES (1), (2)) AS step (number) ON id = '{moved}' AND number = 1
       WHEN MATCHED THEN DELETE
       WHEN NOT MATCHED THEN INSERT (id, title, initial_phase_id, phase_id) VALUES ('{moved}', 'x', 'DONE', 'DONE')`,
  ),
  removal(
    'DELETE through a temporary view',
    'CREATE TEMPORARY VIEW seen AS SELECT * FROM tickets',
    `DELETE FROM seen WHERE id = '{new}'`,
  ),
  ...['TRUNCATE tickets', 'TRUNCATE tickets CASCADE', 'TRUNCATE tickets, phase_history'].map((sql) =>
    removal(sql, sql),
  ),
];
