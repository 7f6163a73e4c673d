import { edit, move, MOVED_EVENT, record, row, whole, withEvents, type Role } from './attack';

/** A transaction that must commit, and the resulting state of a ticket. */
export interface LegalForm {
  name: string;
  steps: string[];
  role: Role;
  /** Phase, previous phase and count. */
  stands: [string, string | null, number];
}

const MOVE = move('moved', 3, 'DESIGN', 'IMPLEMENTATION');
const RECORD = record('moved', 3, 'DESIGN', 'IMPLEMENTATION');
const IMPORT = withEvents(`
  INSERT INTO tickets (id, title, initial_phase_id, phase_id, previous_phase_id, transition_count, version, created_at)
    VALUES ('{missing}', 'x', 'BACKLOG', 'DESIGN', 'REQUIREMENTS', 2, 3, '2020-01-01')
    RETURNING id, 1, 'created', created_at, NULL::integer`);

/** Inserts a history row with the original columns, which the database completes, and its event. */
export function plainRow(role: Role, from: string, to: string): string {
  return withEvents(`INSERT INTO phase_history
      (id, ticket_id, from_phase, to_phase, transition_reason, transitioned_by, artifacts, created_at)
    VALUES (gen_random_uuid(), '{${role}}', '${from}', '${to}', 'why', 'me', '{"a": 1}', clock_timestamp()) ${MOVED_EVENT}`);
}

/** Returns the VALUES of a statement that inserts one row, to extend another such statement. */
function valuesOf(statement: string): string {
  return statement.slice(statement.indexOf('VALUES') + 'VALUES'.length);
}

/** Each moves a ticket to IMPLEMENTATION as its third transition. */
const MOVES: Record<string, string[]> = {
  'a ticket, then its row': [MOVE, RECORD],
  'a row, then its ticket': [RECORD, MOVE],
  'both in one statement': [`WITH moved AS (${MOVE}), ${RECORD.slice('WITH '.length)}`],
  'many tickets in one transaction': [
    MOVE,
    move('other', 2, 'REQUIREMENTS', 'DESIGN'),
    RECORD,
    record('other', 2, 'REQUIREMENTS', 'DESIGN'),
  ],
  'edits beside a transition': [
    edit('moved', `title = 'y'`),
    MOVE,
    edit('moved', `priority = 'LOW'`),
    RECORD.replace('3 + 1', '5'),
  ],
  'a ticket, then its row with the original columns only': [MOVE, plainRow('moved', 'DESIGN', 'IMPLEMENTATION')],
  'a row with the original columns only, then its ticket': [plainRow('moved', 'DESIGN', 'IMPLEMENTATION'), MOVE],
};

/** Each moves a new ticket to DESIGN in two transitions. */
const FROM_THE_BEGINNING: Record<string, string[]> = {
  'several transitions of one ticket': [
    ...whole('new', 1, 'BACKLOG', 'REQUIREMENTS'),
    ...whole('new', 2, 'REQUIREMENTS', 'DESIGN'),
  ],
  'several rows, then one change of the ticket': [
    record('new', 1, 'BACKLOG', 'REQUIREMENTS'),
    record('new', 2, 'REQUIREMENTS', 'DESIGN'),
    move('new', 2, 'REQUIREMENTS', 'DESIGN'),
  ],
  'one statement for all rows, the last one first, before the ticket': [
    withEvents(`${row('new', 2, 'REQUIREMENTS', 'DESIGN', `clock_timestamp() + interval '1 second'`)},
       ${valuesOf(row('new', 1, 'BACKLOG', 'REQUIREMENTS'))} ${MOVED_EVENT}`),
    move('new', 2, 'REQUIREMENTS', 'DESIGN'),
  ],
  'rows with the original columns only, then the ticket': [
    plainRow('new', 'BACKLOG', 'REQUIREMENTS'),
    plainRow('new', 'REQUIREMENTS', 'DESIGN'),
    move('new', 2, 'REQUIREMENTS', 'DESIGN'),
  ],
  'the ticket, then rows with the original columns only': [
    move('new', 2, 'REQUIREMENTS', 'DESIGN'),
    plainRow('new', 'BACKLOG', 'REQUIREMENTS'),
    plainRow('new', 'REQUIREMENTS', 'DESIGN'),
  ],
  'several rows with the original columns only in one statement': [
    withEvents(`INSERT INTO phase_history (id, ticket_id, from_phase, to_phase)
       VALUES (gen_random_uuid(), '{new}', 'BACKLOG', 'REQUIREMENTS'), (gen_random_uuid(), '{new}', 'REQUIREMENTS', 'DESIGN')
       ${MOVED_EVENT}`),
    move('new', 2, 'REQUIREMENTS', 'DESIGN'),
  ],
};

const IMPORTED: Record<string, string[]> = {
  'the import of a ticket with its history': [
    IMPORT,
    record('missing', 1, 'BACKLOG', 'REQUIREMENTS', `'2020-01-01'`),
    record('missing', 2, 'REQUIREMENTS', 'DESIGN', `'2020-01-01'`),
  ],
  'the import of a ticket with rows of the original columns only': [
    IMPORT,
    plainRow('missing', 'BACKLOG', 'REQUIREMENTS'),
    plainRow('missing', 'REQUIREMENTS', 'DESIGN'),
  ],
};

const OTHERS: LegalForm[] = [
  {
    name: 'edits of a ticket that moved',
    steps: [
      edit('moved', `title = 'y', description = 'z', priority = 'LOW', updated_at = clock_timestamp()`),
      edit('moved', `archived_at = clock_timestamp()`, 'archived'),
    ],
    role: 'moved',
    stands: ['DESIGN', 'REQUIREMENTS', 2],
  },
  {
    name: 'a ticket that is back in its phase at the end',
    steps: [
      `UPDATE tickets SET phase_id = 'DONE' WHERE id = '{moved}'`,
      `UPDATE tickets SET phase_id = 'DESIGN' WHERE id = '{moved}'`,
    ],
    role: 'moved',
    stands: ['DESIGN', 'REQUIREMENTS', 2],
  },
  {
    name: 'a ticket that is archived, restored and moved',
    steps: [
      edit('moved', 'archived_at = clock_timestamp()', 'archived'),
      edit('moved', 'archived_at = NULL', 'restored'),
      MOVE,
      RECORD.replace('3 + 1', '6'),
    ],
    role: 'moved',
    stands: ['IMPLEMENTATION', 'DESIGN', 3],
  },
  {
    name: 'several versions in one change, each with its event',
    steps: [
      `UPDATE tickets SET title = 'twice', version = version + 2 WHERE id = '{moved}'`,
      `INSERT INTO ticket_events (ticket_id, version, type) VALUES ('{moved}', 4, 'edited'), ('{moved}', 5, 'edited')`,
    ],
    role: 'moved',
    stands: ['DESIGN', 'REQUIREMENTS', 2],
  },
];

function legalForms(forms: Record<string, string[]>, role: Role, stands: LegalForm['stands']): LegalForm[] {
  return Object.entries(forms).map(([name, steps]) => ({ name, steps, role, stands }));
}

export const LEGAL_FORMS: LegalForm[] = [
  ...legalForms(MOVES, 'moved', ['IMPLEMENTATION', 'DESIGN', 3]),
  ...legalForms(FROM_THE_BEGINNING, 'new', ['DESIGN', 'REQUIREMENTS', 2]),
  ...legalForms(IMPORTED, 'missing', ['DESIGN', 'REQUIREMENTS', 2]),
  ...OTHERS,
];
