import { atCommit, atStatement, move, type Attack } from './attack';

const FROZEN = atStatement('23001', 'phase_history_frozen');
const COPY_OF_HISTORY = 'CREATE TEMPORARY TABLE copied ON COMMIT DROP AS TABLE phase_history';
const VALUES = `VALUES ('{moved}', 1, gen_random_uuid(), 'BACKLOG', 'BLOCKED', 1, 1)`;
const INSERT = `INSERT INTO phase_history (ticket_id, sequence, id, from_phase, to_phase, graph_id, version) ${VALUES}`;
const COPY = `COPY phase_history (ticket_id, sequence, id, from_phase, to_phase, graph_id, version)
  FROM PROGRAM 'echo {moved},3,{missing},DESIGN,IMPLEMENTATION,1,4' (FORMAT csv)`;

/** A statement that changes history. Its valid form changes a copy of the table. */
function onCopy(name: string, statement: (table: string) => string): Attack {
  return {
    name,
    attack: [statement('phase_history')],
    refusal: FROZEN,
    control: [COPY_OF_HISTORY, statement('copied')],
  };
}

/** Changes of existing history rows. */
export const HISTORY_CHANGES: Attack[] = [
  onCopy('UPDATE', (table) => `UPDATE ${table} SET transition_reason = 'because' WHERE ticket_id = '{moved}'`),
  onCopy('UPDATE of no row', (table) => `UPDATE ${table} SET sequence = 9 WHERE ticket_id = '{missing}'`),
  onCopy('UPDATE that changes nothing', (table) => `UPDATE ${table} SET from_phase = from_phase`),
  onCopy('DELETE', (table) => `DELETE FROM ${table} WHERE ticket_id = '{moved}' AND sequence = 2`),
  onCopy('DELETE of everything', (table) => `DELETE FROM ${table}`),
  onCopy('TRUNCATE', (table) => `TRUNCATE ${table}`),
  onCopy('TRUNCATE CASCADE', (table) => `TRUNCATE ${table} CASCADE`),
  onCopy(
    'UPDATE inside a query',
    (table) => `WITH changed AS (UPDATE ${table} SET transitioned_by = 'me' RETURNING 1) SELECT count(*) FROM changed`,
  ),
  onCopy(
    'DELETE inside a query',
    (table) => `WITH gone AS (DELETE FROM ${table} RETURNING 1) SELECT count(*) FROM gone`,
  ),
  onCopy(
    'MERGE that updates',
    (table) =>
      `MERGE INTO ${table} USING (VALUES (1)) AS one ON ticket_id = '{moved}'
         WHEN MATCHED THEN UPDATE SET transition_reason = 'because'`,
  ),
  onCopy(
    'MERGE that deletes',
    (table) =>
      `MERGE INTO ${table} USING (VALUES (1)) AS one ON ticket_id = '{moved}' AND sequence = 2
         WHEN MATCHED THEN DELETE`,
  ),
  {
    name: 'an upsert',
    attack: [`${INSERT} ON CONFLICT (ticket_id, sequence) DO UPDATE SET to_phase = 'BLOCKED'`],
    refusal: FROZEN,
    control: [`${INSERT} ON CONFLICT (ticket_id, sequence) DO NOTHING`],
  },
  {
    name: 'through a cursor',
    attack: [
      `DECLARE past CURSOR FOR SELECT * FROM phase_history WHERE ticket_id = '{moved}' FOR UPDATE`,
      'FETCH past',
      'DELETE FROM phase_history WHERE CURRENT OF past',
    ],
    refusal: FROZEN,
    control: [
      `DECLARE past CURSOR FOR SELECT * FROM phase_history WHERE ticket_id = '{moved}' FOR UPDATE`,
      'FETCH past',
      'SELECT FROM phase_history',
    ],
  },
  {
    name: 'COPY of a row that the ticket does not follow',
    attack: [COPY],
    refusal: atCommit('23514', 'phase_history_chain'),
    control: [
      COPY,
      move('moved', 3, 'DESIGN', 'IMPLEMENTATION'),
      `INSERT INTO ticket_events (ticket_id, version, type, at, sequence)
         SELECT ticket_id, version, 'moved', created_at, 3 FROM phase_history WHERE ticket_id = '{moved}' AND sequence = 3`,
    ],
  },
];
