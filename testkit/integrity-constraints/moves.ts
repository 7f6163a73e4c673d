import { atCommit, atStatement, edit, move, record, row, whole, type Attack } from './attack';

const NO_ROW = atCommit('23514', 'tickets_history');
const NOT_JOINED = atStatement('23514', 'phase_history_chain');
const NOT_FOLLOWED = atCommit('23514', 'phase_history_chain');

const FIRST = whole('new', 1, 'BACKLOG', 'REQUIREMENTS');
const THIRD = whole('moved', 3, 'DESIGN', 'IMPLEMENTATION');

const EDITED_INSTEAD = [`INSERT INTO ticket_events (ticket_id, version, type) VALUES ('{moved}', 4, 'edited')`];

/** Changes of a ticket without the matching history row. */
export const TICKETS_WITHOUT_ROWS: Attack[] = [
  {
    name: 'the phase of a ticket without transitions',
    attack: [`UPDATE tickets SET phase_id = 'REQUIREMENTS' WHERE id = '{new}'`],
    refusal: atStatement('23514', 'tickets_unmoved_check'),
    control: FIRST,
  },
  {
    name: 'the phase of a ticket that moved',
    attack: [`UPDATE tickets SET phase_id = 'IMPLEMENTATION' WHERE id = '{moved}'`],
    refusal: NO_ROW,
    control: THIRD,
  },
  {
    name: 'the previous phase of a ticket without transitions',
    attack: [`UPDATE tickets SET previous_phase_id = 'BACKLOG' WHERE id = '{new}'`],
    refusal: atStatement('23514', 'tickets_moved_check'),
    control: FIRST,
  },
  {
    name: 'the previous phase of a ticket that moved',
    attack: [`UPDATE tickets SET previous_phase_id = 'BLOCKED' WHERE id = '{moved}'`],
    refusal: NO_ROW,
    control: [`UPDATE tickets SET previous_phase_id = 'REQUIREMENTS' WHERE id = '{moved}'`],
  },
  {
    name: 'no previous phase on a ticket that moved',
    attack: [`UPDATE tickets SET previous_phase_id = NULL WHERE id = '{moved}'`],
    refusal: atStatement('23514', 'tickets_moved_check'),
    control: [`UPDATE tickets SET description = NULL WHERE id = '{moved}'`],
  },
  {
    name: 'the count of a ticket without transitions',
    attack: [`UPDATE tickets SET transition_count = 1 WHERE id = '{new}'`],
    refusal: atStatement('23514', 'tickets_moved_check'),
    control: FIRST,
  },
  {
    name: 'the count of a ticket that moved',
    attack: [`UPDATE tickets SET transition_count = 3, version = version + 1 WHERE id = '{moved}'`],
    refusal: NO_ROW,
    control: [`UPDATE tickets SET transition_count = 2 WHERE id = '{moved}'`],
  },
  {
    name: 'all three on a ticket without transitions',
    attack: [move('new', 1, 'BACKLOG', 'REQUIREMENTS')],
    refusal: NO_ROW,
    control: FIRST,
  },
  {
    name: 'all three on a ticket that moved',
    attack: [move('moved', 3, 'DESIGN', 'IMPLEMENTATION')],
    refusal: NO_ROW,
    control: THIRD,
  },
  {
    name: 'many tickets at once, one of them without a row',
    attack: [...THIRD, move('other', 2, 'REQUIREMENTS', 'DESIGN')],
    refusal: NO_ROW,
    control: [...THIRD, ...whole('other', 2, 'REQUIREMENTS', 'DESIGN')],
  },
  {
    name: 'a ticket with a row that leads elsewhere',
    attack: [move('moved', 3, 'DESIGN', 'IMPLEMENTATION'), record('moved', 3, 'DESIGN', 'BLOCKED')],
    refusal: NO_ROW,
    control: THIRD,
  },
  {
    name: 'a ticket with a row that comes from elsewhere',
    attack: [move('moved', 3, 'DESIGN', 'IMPLEMENTATION'), record('moved', 3, 'BLOCKED', 'IMPLEMENTATION')],
    refusal: NOT_JOINED,
    control: THIRD,
  },
  {
    name: 'a ticket with the row of another ticket',
    attack: [move('moved', 3, 'DESIGN', 'IMPLEMENTATION'), record('other', 2, 'REQUIREMENTS', 'DESIGN')],
    refusal: NO_ROW,
    control: [...THIRD, ...whole('other', 2, 'REQUIREMENTS', 'DESIGN')],
  },
  {
    name: 'a ticket on an upsert',
    attack: [
      `INSERT INTO tickets (id, title, initial_phase_id) VALUES ('{moved}', 'x', 'BACKLOG')
         ON CONFLICT (id) DO UPDATE SET phase_id = 'DONE'`,
    ],
    refusal: NO_ROW,
    control: [
      `INSERT INTO tickets (id, title, initial_phase_id) VALUES ('{moved}', 'x', 'BACKLOG')
         ON CONFLICT (id) DO UPDATE SET updated_at = clock_timestamp()`,
    ],
  },
  {
    name: 'a ticket by MERGE',
    attack: [
      `MERGE INTO tickets USING (VALUES (1)) AS one ON id = '{moved}' WHEN MATCHED THEN UPDATE SET phase_id = 'DONE'`,
    ],
    refusal: NO_ROW,
    control: [
      `MERGE INTO tickets USING (VALUES (1)) AS one ON id = '{moved}' WHEN MATCHED THEN UPDATE SET updated_at = clock_timestamp()`,
    ],
  },
];

/** History rows of transitions that the ticket did not make. */
export const ROWS_WITHOUT_TICKETS: Attack[] = [
  {
    name: 'that its ticket does not follow',
    attack: [record('moved', 3, 'DESIGN', 'IMPLEMENTATION')],
    refusal: NOT_FOLLOWED,
    control: THIRD,
  },
  {
    name: 'that a new ticket does not follow',
    attack: [record('new', 1, 'BACKLOG', 'REQUIREMENTS')],
    refusal: NOT_FOLLOWED,
    control: FIRST,
  },
  {
    name: 'after the one that moved the ticket',
    attack: [...THIRD, record('moved', 4, 'IMPLEMENTATION', 'TESTING')],
    refusal: NOT_FOLLOWED,
    control: [...THIRD, ...whole('moved', 4, 'IMPLEMENTATION', 'TESTING')],
  },
  {
    name: 'with the number of an older row',
    attack: [record('moved', 1, 'BACKLOG', 'BLOCKED')],
    refusal: atStatement('23505', 'phase_history_pkey'),
    control: whole('new', 1, 'BACKLOG', 'BLOCKED'),
  },
  {
    name: 'that skips a number',
    attack: whole('moved', 4, 'DESIGN', 'IMPLEMENTATION'),
    refusal: NOT_JOINED,
    control: THIRD,
  },
  {
    name: 'that skips the first number',
    attack: whole('new', 2, 'BACKLOG', 'REQUIREMENTS'),
    refusal: NOT_JOINED,
    control: FIRST,
  },
  {
    name: 'with the number 0',
    attack: [record('new', 0, 'BACKLOG', 'REQUIREMENTS')],
    refusal: atStatement('23514', 'phase_history_sequence_check'),
    control: FIRST,
  },
  {
    name: 'with a negative number',
    attack: [record('moved', -1, 'DESIGN', 'IMPLEMENTATION')],
    refusal: atStatement('23514', 'phase_history_sequence_check'),
    control: THIRD,
  },
  {
    name: 'that does not start in the phase of the ticket',
    attack: whole('moved', 3, 'BLOCKED', 'IMPLEMENTATION'),
    refusal: NOT_JOINED,
    control: THIRD,
  },
  {
    name: 'that does not start in the phase of a new ticket',
    attack: whole('new', 1, 'REQUIREMENTS', 'DESIGN'),
    refusal: NOT_JOINED,
    control: FIRST,
  },
  {
    name: 'that does not continue another one of the same transaction',
    attack: [
      move('moved', 4, 'IMPLEMENTATION', 'TESTING'),
      record('moved', 3, 'DESIGN', 'BLOCKED'),
      record('moved', 4, 'IMPLEMENTATION', 'TESTING'),
    ],
    refusal: NOT_JOINED,
    control: [
      move('moved', 4, 'IMPLEMENTATION', 'TESTING'),
      record('moved', 3, 'DESIGN', 'IMPLEMENTATION'),
      record('moved', 4, 'IMPLEMENTATION', 'TESTING'),
    ],
  },
  ...['DONE', 'BACKLOG', 'NOWHERE', 'backlog', ''].map((to) => ({
    name: `along an edge that the graph does not have: BACKLOG → '${to}'`,
    attack: whole('new', 1, 'BACKLOG', to),
    refusal: NOT_JOINED,
    control: whole('new', 1, 'BACKLOG', 'BLOCKED'),
  })),
  {
    name: 'from a phase to itself',
    attack: whole('moved', 3, 'DESIGN', 'DESIGN'),
    refusal: NOT_JOINED,
    control: THIRD,
  },
  {
    name: 'earlier than the row before it',
    attack: [THIRD[0]!, record('moved', 3, 'DESIGN', 'IMPLEMENTATION', `'2001-01-01'`)],
    refusal: NOT_JOINED,
    control: [
      THIRD[0]!,
      record(
        'moved',
        3,
        'DESIGN',
        'IMPLEMENTATION',
        `(SELECT created_at FROM phase_history WHERE ticket_id = '{moved}' AND sequence = 2)`,
      ),
    ],
  },
  {
    name: 'without its event',
    attack: [THIRD[0]!, row('moved', 3, 'DESIGN', 'IMPLEMENTATION')],
    refusal: atCommit('23514', 'tickets_events'),
    control: THIRD,
  },
  {
    name: 'with the event of another change',
    attack: [THIRD[0]!, row('moved', 3, 'DESIGN', 'IMPLEMENTATION'), ...EDITED_INSTEAD],
    refusal: atCommit('23514', 'tickets_events'),
    control: [...THIRD, edit('moved', `title = 'edited'`)],
  },
  {
    name: 'with the version of the row before it',
    attack: [THIRD[0]!, row('moved', 3, 'DESIGN', 'IMPLEMENTATION').replace('3 + 1', '3')],
    refusal: NOT_JOINED,
    control: THIRD,
  },
  {
    name: 'earlier than the creation of the ticket',
    attack: [FIRST[0]!, record('new', 1, 'BACKLOG', 'REQUIREMENTS', `'2001-01-01'`)],
    refusal: NOT_JOINED,
    control: FIRST,
  },
  {
    name: 'of an unknown ticket',
    attack: [record('missing', 1, 'BACKLOG', 'REQUIREMENTS')],
    refusal: atStatement('23503', 'phase_history_ticket_id_fkey'),
    control: FIRST,
  },
];
