import { atCommit, atStatement, move, record, row, whole, type Attack } from './attack';

const NO_ROW = atCommit('23514', 'tickets_history');
const NOT_JOINED = atStatement('23514', 'phase_history_chain');
const NOT_FOLLOWED = atCommit('23514', 'phase_history_chain');
const MOVE = move('moved', 3, 'DESIGN', 'IMPLEMENTATION');
const RECORD = record('moved', 3, 'DESIGN', 'IMPLEMENTATION');
const ROW = row('moved', 3, 'DESIGN', 'IMPLEMENTATION');
const BOTH_AT_ONCE = `WITH moved AS (${MOVE}), ${RECORD.slice('WITH '.length)}`;
const NEXT = whole('moved', 4, 'IMPLEMENTATION', 'TESTING');
const IMMEDIATE = 'SET CONSTRAINTS ALL IMMEDIATE';
const DEFERRED = 'SET CONSTRAINTS ALL DEFERRED';

/** Qualifies the real table, which another one hides. */
function real(statement: string): string {
  return statement
    .replace(/(UPDATE|INTO) (tickets|phase_history)/, '$1 public.$2')
    .replace(/ = ('\{)/, ` OPERATOR(pg_catalog.=) $1`);
}

function standIn(table: string): string[] {
  return [
    `CREATE TEMPORARY TABLE ${table} ON COMMIT DROP AS TABLE public.${table}`,
    'SET LOCAL search_path = pg_temp, public',
  ];
}

const FALSE_EDGE = [...standIn('graph_edges'), `INSERT INTO graph_edges VALUES (1, 'DESIGN', 'DONE')`];

const OPERATOR_TYPES = ['uuid', 'integer', 'bigint', 'varchar', 'text', 'timestamptz'];

function agreeing(type: string): string {
  const operator = (name: string) =>
    `CREATE OPERATOR yes.${name} (FUNCTION = yes.agree, LEFTARG = ${type}, RIGHTARG = ${type})`;
  return `CREATE FUNCTION yes.agree(${type}, ${type}) RETURNS boolean LANGUAGE sql AS 'SELECT true';
    ${operator('=')}; ${operator('>=')}`;
}

/** A schema with operators that always return true, before PostgreSQL's own in the search path. */
const YES_MEN = [
  'CREATE SCHEMA yes',
  ...OPERATOR_TYPES.map(agreeing),
  'SET LOCAL search_path = yes, pg_catalog, public',
];

/** Names that hide the real ones. */
export const FALSE_NAMES: Attack[] = [
  {
    name: 'a temporary phase_history with the missing row',
    attack: [...standIn('phase_history'), ROW, real(MOVE)],
    refusal: NO_ROW,
    control: [...standIn('phase_history'), ROW, real(MOVE), real(RECORD)],
  },
  {
    name: 'a temporary tickets that has moved',
    attack: [...standIn('tickets'), MOVE, real(RECORD)],
    refusal: NOT_FOLLOWED,
    control: [...standIn('tickets'), MOVE, real(RECORD), real(MOVE)],
  },
  {
    name: 'a temporary graph_edges with the missing edge',
    attack: [...FALSE_EDGE, ...whole('moved', 3, 'DESIGN', 'DONE')],
    refusal: NOT_JOINED,
    control: [...FALSE_EDGE, ...whole('moved', 3, 'DESIGN', 'BLOCKED')],
  },
  {
    name: 'operators that return true, for a ticket without a row',
    attack: [...YES_MEN, real(MOVE)],
    refusal: NO_ROW,
    control: [...YES_MEN, real(MOVE), real(RECORD), IMMEDIATE, 'DROP SCHEMA yes CASCADE'],
  },
  {
    name: 'operators that return true, for a row that does not continue the history',
    attack: [
      ...YES_MEN,
      real(move('moved', 3, 'TESTING', 'DEPLOYMENT')),
      real(record('moved', 3, 'TESTING', 'DEPLOYMENT')),
    ],
    refusal: NOT_JOINED,
    control: [...YES_MEN, real(MOVE), real(RECORD), IMMEDIATE, 'DROP SCHEMA yes CASCADE'],
  },
];

/** Changes of the time of the checks. */
export const TIMING: Attack[] = [
  {
    name: 'a check that is made immediate',
    attack: [MOVE, IMMEDIATE],
    refusal: atStatement('23514', 'tickets_history'),
    control: [MOVE, RECORD, IMMEDIATE],
  },
  {
    name: 'a ticket before its row, with immediate checks',
    attack: [IMMEDIATE, MOVE],
    refusal: atStatement('23514', 'tickets_history'),
    control: [IMMEDIATE, BOTH_AT_ONCE],
  },
  {
    name: 'a row before its ticket, with immediate checks',
    attack: [IMMEDIATE, RECORD],
    refusal: atStatement('23514', 'phase_history_chain'),
    control: [IMMEDIATE, BOTH_AT_ONCE],
  },
  {
    name: 'checks that were immediate and are deferred again',
    attack: [IMMEDIATE, DEFERRED, MOVE],
    refusal: NO_ROW,
    control: [IMMEDIATE, DEFERRED, MOVE, RECORD],
  },
  {
    name: 'a second transition after the check of the first',
    attack: [MOVE, RECORD, IMMEDIATE, DEFERRED, NEXT[0]!],
    refusal: NO_ROW,
    control: [MOVE, RECORD, IMMEDIATE, DEFERRED, ...NEXT],
  },
  {
    name: 'a second row after the check of the first',
    attack: [MOVE, RECORD, IMMEDIATE, DEFERRED, NEXT[1]!],
    refusal: NOT_FOLLOWED,
    control: [MOVE, RECORD, IMMEDIATE, DEFERRED, ...NEXT],
  },
  {
    name: 'a row that is rolled back to a savepoint',
    attack: [MOVE, 'SAVEPOINT here', RECORD, 'ROLLBACK TO here'],
    refusal: NO_ROW,
    control: [MOVE, 'SAVEPOINT here', RECORD, 'RELEASE here'],
  },
  {
    name: 'a ticket that is rolled back to a savepoint',
    attack: [RECORD, 'SAVEPOINT here', MOVE, 'ROLLBACK TO here'],
    refusal: NOT_FOLLOWED,
    control: [RECORD, 'SAVEPOINT here', MOVE, 'RELEASE here'],
  },
  {
    name: 'a row that was checked before it is rolled back to a savepoint',
    attack: [MOVE, 'SAVEPOINT here', RECORD, IMMEDIATE, 'ROLLBACK TO here'],
    refusal: NO_ROW,
    control: [MOVE, 'SAVEPOINT here', RECORD, IMMEDIATE, 'RELEASE here'],
  },
  {
    name: 'a pending check that is deleted',
    attack: [MOVE, 'DELETE FROM unsettled_moves'],
    refusal: NO_ROW,
    control: [MOVE, 'DELETE FROM unsettled_moves', RECORD],
  },
  {
    name: 'a pending check that is changed',
    attack: [RECORD, `UPDATE unsettled_moves SET ticket_ids = '{}'`],
    refusal: NOT_FOLLOWED,
    control: [RECORD, `UPDATE unsettled_moves SET ticket_ids = '{}'`, MOVE],
  },
  {
    name: 'an error that is caught',
    attack: [
      MOVE,
      `DO $$ BEGIN SET CONSTRAINTS ALL IMMEDIATE; EXCEPTION WHEN check_violation THEN RAISE NOTICE 'caught'; END $$`,
    ],
    refusal: NO_ROW,
    control: [
      BOTH_AT_ONCE,
      `DO $$ BEGIN SET CONSTRAINTS ALL IMMEDIATE; EXCEPTION WHEN check_violation THEN RAISE NOTICE 'caught'; END $$`,
    ],
  },
  {
    name: 'a cursor that is read during COMMIT',
    attack: [moving(MOVE), 'DECLARE refused CURSOR WITH HOLD FOR SELECT pg_temp.act()'],
    refusal: NO_ROW,
    control: [moving(BOTH_AT_ONCE), 'DECLARE accepted CURSOR WITH HOLD FOR SELECT pg_temp.act()'],
  },
  {
    name: 'an additional trigger that writes during COMMIT',
    attack: [...actingLate(MOVE), 'INSERT INTO late VALUES (1)'],
    refusal: NO_ROW,
    control: [...actingLate(BOTH_AT_ONCE), 'INSERT INTO late VALUES (1)'],
  },
];

function moving(statement: string): string {
  return `CREATE OR REPLACE FUNCTION pg_temp.act() RETURNS void LANGUAGE sql AS $$ ${statement} $$`;
}

function actingLate(statement: string): string[] {
  return [
    'CREATE TEMPORARY TABLE late (number integer) ON COMMIT DROP',
    `CREATE OR REPLACE FUNCTION pg_temp.act_late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${statement}; RETURN NULL; END $$`,
    `CREATE CONSTRAINT TRIGGER late AFTER INSERT ON late DEFERRABLE INITIALLY DEFERRED
       FOR EACH ROW EXECUTE FUNCTION pg_temp.act_late()`,
  ];
}
