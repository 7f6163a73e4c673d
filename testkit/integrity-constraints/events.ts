import { atCommit, atStatement, edit, move, record, row, whole, type Attack } from './attack';

const EVENT = 'INSERT INTO ticket_events (ticket_id, version, type, sequence)';
const HAPPENED = atCommit('23514', 'ticket_events_happened');
const VERSION = atStatement('23001', 'tickets_version');
const ARCHIVED = atStatement('23001', 'tickets_archived');
const ARCHIVE = edit('moved', 'archived_at = clock_timestamp()', 'archived');
const THIRD = whole('moved', 3, 'DESIGN', 'IMPLEMENTATION');

const EDITS = [
  `title = 'y'`,
  `description = 'y'`,
  `priority = 'LOW'`,
  'archived_at = clock_timestamp()',
  `project_id = (SELECT id FROM projects WHERE key = '{missing}')`,
];

const OTHER_PROJECT = `INSERT INTO projects (id, key, title) VALUES (gen_random_uuid(), '{missing}', 'x')`;

/** Changes of a ticket without a new version, or with a version that nothing records. */
export const VERSIONS: Attack[] = [
  ...EDITS.map((columns) => ({
    name: `${columns.split(' ')[0]} without a new version`,
    attack: [OTHER_PROJECT, `UPDATE tickets SET ${columns} WHERE id = '{moved}'`],
    refusal: VERSION,
    control: [OTHER_PROJECT, edit('moved', columns)],
  })),
  {
    name: 'an edit without its event',
    attack: [`UPDATE tickets SET title = 'y', version = version + 1 WHERE id = '{moved}'`],
    refusal: atCommit('23514', 'tickets_events'),
    control: [edit('moved', `title = 'y'`)],
  },
  {
    name: 'a version that leaves out a number',
    attack: [edit('moved', `title = 'y'`).replace('version + 1', 'version + 2')],
    refusal: atCommit('23514', 'tickets_events'),
    control: [edit('moved', `title = 'y'`)],
  },
  {
    name: 'a version that falls',
    attack: [`UPDATE tickets SET version = version - 1 WHERE id = '{moved}'`],
    refusal: VERSION,
    control: [`UPDATE tickets SET version = version WHERE id = '{moved}'`],
  },
  {
    name: 'a transition without a new version',
    attack: [move('moved', 3, 'DESIGN', 'IMPLEMENTATION').replace(/version = version.*0\)/, 'title = title')],
    refusal: VERSION,
    control: THIRD,
  },
  {
    name: 'a transition and an edit in one version',
    attack: [move('moved', 3, 'DESIGN', 'IMPLEMENTATION').replace('SET', `SET title = 'y',`)],
    refusal: VERSION,
    control: [
      edit('moved', `title = 'y'`),
      THIRD[0]!,
      record('moved', 3, 'DESIGN', 'IMPLEMENTATION').replace('3 + 1', '5'),
    ],
  },
  {
    name: 'a transition with more versions than it makes',
    attack: [THIRD[0]!.replace('0)', '0) + 1'), record('moved', 3, 'DESIGN', 'IMPLEMENTATION').replace('3 + 1', '5')],
    refusal: atCommit('23514', 'tickets_events'),
    control: THIRD,
  },
  {
    name: 'an edit of an archived ticket',
    attack: [ARCHIVE, edit('moved', `title = 'y'`)],
    refusal: ARCHIVED,
    control: [ARCHIVE, edit('moved', 'archived_at = NULL', 'restored'), edit('moved', `title = 'y'`)],
  },
  {
    name: 'a transition of an archived ticket',
    attack: [ARCHIVE, move('moved', 3, 'DESIGN', 'IMPLEMENTATION')],
    refusal: ARCHIVED,
    control: [ARCHIVE, edit('moved', 'archived_at = NULL', 'restored')],
  },
];

/** Events of what did not happen. */
export const FALSE_EVENTS: Attack[] = [
  {
    name: 'of a version that the ticket has not reached',
    attack: [`${EVENT} VALUES ('{moved}', 4, 'edited', NULL)`],
    refusal: HAPPENED,
    control: [edit('moved', `title = 'y'`)],
  },
  {
    name: 'of a ticket that does not exist',
    attack: [`${EVENT} VALUES ('{missing}', 1, 'created', NULL)`],
    refusal: HAPPENED,
    control: [edit('moved', `title = 'y'`)],
  },
  {
    name: 'of a transition that was not made',
    attack: [
      `UPDATE tickets SET title = 'y', version = version + 1 WHERE id = '{moved}'`,
      `${EVENT} VALUES ('{moved}', 4, 'moved', 3)`,
    ],
    refusal: HAPPENED,
    control: [edit('moved', `title = 'y'`)],
  },
  {
    name: 'of an earlier transition',
    attack: [
      `UPDATE tickets SET title = 'y', version = version + 1 WHERE id = '{moved}'`,
      `${EVENT} VALUES ('{moved}', 4, 'moved', 2)`,
    ],
    refusal: HAPPENED,
    control: [edit('moved', `title = 'y'`)],
  },
  {
    name: 'of a transition at another time',
    attack: [
      THIRD[0]!,
      row('moved', 3, 'DESIGN', 'IMPLEMENTATION'),
      `${EVENT.replace('sequence)', 'sequence, at)')} VALUES ('{moved}', 4, 'moved', 3, '2001-01-01')`,
    ],
    refusal: HAPPENED,
    control: THIRD,
  },
  {
    name: 'of a transition, as a migration',
    attack: [
      THIRD[0]!,
      row('moved', 3, 'DESIGN', 'IMPLEMENTATION'),
      `INSERT INTO ticket_events (ticket_id, version, type, sequence, at)
         SELECT ticket_id, version, 'migrated', sequence, created_at FROM phase_history
          WHERE ticket_id = '{moved}' AND sequence = 3`,
    ],
    refusal: HAPPENED,
    control: THIRD,
  },
  {
    name: 'of another transaction',
    attack: [
      `UPDATE tickets SET title = 'y', version = version + 1 WHERE id = '{moved}'`,
      `INSERT INTO ticket_events (ticket_id, version, type, tx) VALUES ('{moved}', 4, 'edited', '3')`,
    ],
    refusal: atStatement('23514', 'ticket_events_tx'),
    control: [edit('moved', `title = 'y'`)],
  },
  ...[`UPDATE ticket_events SET actor = 'x'`, 'DELETE FROM ticket_events', 'TRUNCATE ticket_events'].map((sql) => ({
    name: sql,
    attack: [sql],
    refusal: atStatement('23001', 'ticket_events_frozen'),
    control: ['SELECT FROM ticket_events'],
  })),
];
