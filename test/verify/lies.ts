import type { FindingCode } from '../../src/audit/finding';
import type { Step } from './lived';

/** A sound ticket that somebody has lied about, and what the audit has to say of it. */
export interface Lie {
  readonly what: string;
  /** Where it began, and what it did. */
  readonly life: readonly [string, ...Step[]];
  /** SQL, with {id} for the ticket. */
  readonly sql: readonly string[];
  readonly codes: readonly FindingCode[];
}

const BUSY = ['BACKLOG', 'REQUIREMENTS', 'edited', 'DESIGN', 'BLOCKED', 'DESIGN', 'IMPLEMENTATION'] as const;
export const TICKET = (change: string): string => `UPDATE tickets SET ${change} WHERE id = '{id}'`;
export const ROW = (sequence: number, change: string): string =>
  `UPDATE phase_history SET ${change} WHERE ticket_id = '{id}' AND sequence = ${sequence}`;
export const EVENT = (version: number, change: string): string =>
  `UPDATE ticket_events SET ${change} WHERE ticket_id = '{id}' AND version = ${version}`;
const NO_ROW = (sequence: number): string =>
  `DELETE FROM phase_history WHERE ticket_id = '{id}' AND sequence = ${sequence}`;
export const NO_EVENT = (version: number): string =>
  `DELETE FROM ticket_events WHERE ticket_id = '{id}' AND version = ${version}`;

export const LIES: readonly Lie[] = [
  { what: 'a row is gone', life: BUSY, sql: [NO_ROW(2)], codes: ['event_mismatch', 'sequence_gap'] },
  {
    what: 'the last row is gone',
    life: BUSY,
    sql: [NO_ROW(5)],
    codes: [
      'event_mismatch',
      'phase_entered_at_mismatch',
      'phase_mismatch',
      'previous_phase_mismatch',
      'transition_count_mismatch',
    ],
  },
  {
    what: 'rows do not join',
    life: BUSY,
    sql: [ROW(1, `to_phase = 'BLOCKED'`)],
    codes: ['chain_broken'],
  },
  { what: 'it began elsewhere', life: BUSY, sql: [TICKET(`initial_phase_id = 'DESIGN'`)], codes: ['chain_start'] },
  {
    what: 'a move has no edge',
    life: ['DEPLOYMENT', 'BLOCKED'],
    sql: [ROW(1, `to_phase = 'TESTING'`), TICKET(`phase_id = 'TESTING', resume_phase_id = NULL`)],
    codes: ['edge_unknown'],
  },
  {
    what: 'it stands nowhere',
    life: ['BACKLOG'],
    sql: [TICKET(`phase_id = 'LIMBO', initial_phase_id = 'LIMBO'`)],
    codes: ['phase_unknown'],
  },
  { what: 'its graph does not exist', life: BUSY, sql: [TICKET('graph_id = 99')], codes: ['graph_unknown'] },
  {
    what: 'a row has a graph that does not exist',
    life: BUSY,
    sql: [ROW(3, 'graph_id = 99')],
    codes: ['graph_mismatch', 'graph_unknown'],
  },
  {
    what: 'a pause was a shortcut',
    life: ['BACKLOG', 'BLOCKED', 'TESTING'],
    sql: [],
    codes: ['resume_rule_broken'],
  },
  {
    what: 'it moved while it was archived',
    life: ['BACKLOG', 'archived', 'REQUIREMENTS', 'restored'],
    sql: [],
    codes: ['changed_while_archived'],
  },
  { what: 'it is elsewhere', life: BUSY, sql: [TICKET(`phase_id = 'DONE'`)], codes: ['phase_mismatch'] },
  {
    what: 'it came from elsewhere',
    life: BUSY,
    sql: [TICKET(`previous_phase_id = 'BACKLOG'`)],
    codes: ['previous_phase_mismatch'],
  },
  {
    what: 'it moved less often',
    life: BUSY,
    sql: [TICKET('transition_count = 1')],
    codes: ['transition_count_mismatch'],
  },
  {
    what: 'it moved more often',
    life: BUSY,
    sql: [TICKET('transition_count = 6')],
    codes: ['transition_count_mismatch'],
  },
  {
    what: 'it may resume further on',
    life: ['DESIGN', 'BLOCKED'],
    sql: [TICKET(`resume_phase_id = 'DEPLOYMENT'`)],
    codes: ['resume_phase_mismatch'],
  },
  {
    what: 'it is put away without a trace',
    life: BUSY,
    sql: [TICKET('archived_at = clock_timestamp()')],
    codes: ['archived_at_mismatch'],
  },
  {
    what: 'it is taken back without a trace',
    life: ['BACKLOG', 'archived'],
    sql: [TICKET('archived_at = NULL')],
    codes: ['archived_at_mismatch'],
  },
  {
    what: 'two moves made one version',
    life: BUSY,
    sql: [ROW(2, 'version = 2')],
    codes: ['event_mismatch', 'move_version_order'],
  },
  {
    what: 'a move made a version to come',
    life: BUSY,
    sql: [ROW(5, 'version = 70')],
    codes: ['event_mismatch', 'move_version_ahead'],
  },
  { what: 'an event is gone', life: BUSY, sql: [NO_EVENT(3)], codes: ['event_missing'] },
  { what: 'its version grew', life: BUSY, sql: [TICKET('version = version + 1')], codes: ['event_missing'] },
  {
    what: 'its version fell',
    life: BUSY,
    sql: [TICKET('version = version - 1')],
    codes: ['event_ahead', 'move_version_ahead'],
  },
  {
    what: 'it was restored out of nothing',
    life: BUSY,
    sql: [EVENT(3, `type = 'restored'`)],
    codes: ['event_type_wrong'],
  },
  {
    what: 'a move is told as an edit',
    life: BUSY,
    sql: [EVENT(2, `type = 'edited', sequence = NULL, changes = '{}'`)],
    codes: ['event_mismatch'],
  },
  { what: 'an event names another move', life: BUSY, sql: [EVENT(2, 'sequence = 4')], codes: ['event_mismatch'] },
  {
    what: 'times fall',
    life: BUSY,
    sql: [ROW(3, `created_at = '2026-01-01 02:59:59.999Z'`), EVENT(5, `at = '2026-01-01 02:59:59.999Z'`)],
    codes: ['time_falls'],
  },
  {
    what: 'it moved before it was created',
    life: BUSY,
    sql: [ROW(1, `created_at = '2025-12-31Z'`), EVENT(2, `at = '2025-12-31Z'`)],
    codes: ['moved_before_created'],
  },
  {
    what: 'it entered its phase a millisecond later',
    life: BUSY,
    sql: [TICKET(`phase_entered_at = phase_entered_at + interval '1 millisecond'`)],
    codes: ['phase_entered_at_mismatch'],
  },
  {
    what: 'it entered its phase at infinity',
    life: BUSY,
    sql: [TICKET(`phase_entered_at = 'infinity'`)],
    codes: ['phase_entered_at_mismatch'],
  },
  {
    what: 'it changed before its last move',
    life: BUSY,
    sql: [TICKET(`updated_at = phase_entered_at - interval '1 millisecond'`)],
    codes: ['updated_at_early'],
  },
  {
    what: 'an event is a millisecond off its move',
    life: BUSY,
    sql: [EVENT(2, `at = at + interval '1 millisecond'`)],
    codes: ['event_time_mismatch'],
  },
  {
    what: 'the ticket is gone',
    life: BUSY,
    sql: [`DELETE FROM tickets WHERE id = '{id}'`],
    codes: ['orphan_events', 'orphan_history'],
  },
  {
    what: 'the ticket is gone, and it never moved',
    life: ['BACKLOG'],
    sql: [`DELETE FROM tickets WHERE id = '{id}'`],
    codes: ['orphan_events'],
  },
];
