import type { FindingCode } from '../../src/audit/finding';
import type { RecordStep } from './sound-record';

/** A sound ticket, SQL that corrupts it, and the codes that the audit reports. */
export interface Corruption {
  /** A clause: "the audit reports … if {what}". Unique. */
  readonly what: string;
  /** The initial phase, and the steps after it. */
  readonly steps: readonly [string, ...RecordStep[]];
  /** Statements with {id} for the id of the ticket. */
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

export const CORRUPTIONS: readonly Corruption[] = [
  { what: 'a history row is missing', steps: BUSY, sql: [NO_ROW(2)], codes: ['event_mismatch', 'sequence_gap'] },
  {
    what: 'the last history row is missing',
    steps: BUSY,
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
    what: 'a row does not start where the previous one ended',
    steps: BUSY,
    sql: [ROW(1, `to_phase = 'BLOCKED'`)],
    codes: ['chain_broken'],
  },
  {
    what: 'the first row does not start in the initial phase',
    steps: BUSY,
    sql: [TICKET(`initial_phase_id = 'DESIGN'`)],
    codes: ['chain_start'],
  },
  {
    what: 'a transition has no edge',
    steps: ['DEPLOYMENT', 'BLOCKED'],
    sql: [ROW(1, `to_phase = 'TESTING'`), TICKET(`phase_id = 'TESTING', resume_phase_id = NULL`)],
    codes: ['edge_unknown'],
  },
  {
    what: 'the ticket is in an unknown phase',
    steps: ['BACKLOG'],
    sql: [TICKET(`phase_id = 'LIMBO', initial_phase_id = 'LIMBO'`)],
    codes: ['phase_unknown'],
  },
  {
    what: 'the graph of the ticket does not exist',
    steps: BUSY,
    sql: [TICKET('graph_id = 99')],
    codes: ['graph_unknown'],
  },
  {
    what: 'the graph of a row does not exist',
    steps: BUSY,
    sql: [ROW(3, 'graph_id = 99')],
    codes: ['graph_mismatch', 'graph_unknown'],
  },
  {
    what: 'the ticket resumed in a phase that it had not reached',
    steps: ['BACKLOG', 'BLOCKED', 'TESTING'],
    sql: [],
    codes: ['resume_rule_broken'],
  },
  {
    what: 'the ticket was moved while it was archived',
    steps: ['BACKLOG', 'archived', 'REQUIREMENTS', 'restored'],
    sql: [],
    codes: ['changed_while_archived'],
  },
  {
    what: 'the ticket is in another phase',
    steps: BUSY,
    sql: [TICKET(`phase_id = 'DONE'`)],
    codes: ['phase_mismatch'],
  },
  {
    what: 'the previous phase is another one',
    steps: BUSY,
    sql: [TICKET(`previous_phase_id = 'BACKLOG'`)],
    codes: ['previous_phase_mismatch'],
  },
  {
    what: 'the transition count is too low',
    steps: BUSY,
    sql: [TICKET('transition_count = 1')],
    codes: ['transition_count_mismatch'],
  },
  {
    what: 'the transition count is too high',
    steps: BUSY,
    sql: [TICKET('transition_count = 6')],
    codes: ['transition_count_mismatch'],
  },
  {
    what: 'the resume phase is a later one',
    steps: ['DESIGN', 'BLOCKED'],
    sql: [TICKET(`resume_phase_id = 'DEPLOYMENT'`)],
    codes: ['resume_phase_mismatch'],
  },
  {
    what: 'the ticket was archived without an event',
    steps: BUSY,
    sql: [TICKET('archived_at = clock_timestamp()')],
    codes: ['archived_at_mismatch'],
  },
  {
    what: 'the ticket was restored without an event',
    steps: ['BACKLOG', 'archived'],
    sql: [TICKET('archived_at = NULL')],
    codes: ['archived_at_mismatch'],
  },
  {
    what: 'two transitions have the same version',
    steps: BUSY,
    sql: [ROW(2, 'version = 2')],
    codes: ['event_mismatch', 'move_version_order'],
  },
  {
    what: 'a transition has a version that the ticket has not reached',
    steps: BUSY,
    sql: [ROW(5, 'version = 70')],
    codes: ['event_mismatch', 'move_version_ahead'],
  },
  { what: 'an event is missing', steps: BUSY, sql: [NO_EVENT(3)], codes: ['event_missing'] },
  {
    what: 'the version of the ticket is too high',
    steps: BUSY,
    sql: [TICKET('version = version + 1')],
    codes: ['event_missing'],
  },
  {
    what: 'the version of the ticket is too low',
    steps: BUSY,
    sql: [TICKET('version = version - 1')],
    codes: ['event_ahead', 'move_version_ahead'],
  },
  {
    what: 'a ticket that was not archived was restored',
    steps: BUSY,
    sql: [EVENT(3, `type = 'restored'`)],
    codes: ['event_type_wrong'],
  },
  {
    what: 'the event of a transition is an edit',
    steps: BUSY,
    sql: [EVENT(2, `type = 'edited', sequence = NULL, changes = '{}'`)],
    codes: ['event_mismatch'],
  },
  {
    what: 'the title was edited without an event',
    steps: BUSY,
    sql: [TICKET(`title = 'Unsound'`)],
    codes: ['edit_mismatch'],
  },
  {
    what: 'an event records edits that the ticket does not have',
    steps: BUSY,
    sql: [EVENT(3, `changes = '{"description": "x", "priority": "HIGH"}'`)],
    codes: ['edit_mismatch'],
  },
  {
    what: 'an event names another history row',
    steps: BUSY,
    sql: [EVENT(2, 'sequence = 4')],
    codes: ['event_mismatch'],
  },
  {
    what: 'a transition is earlier than the previous one',
    steps: BUSY,
    sql: [ROW(3, `created_at = '2026-01-01 02:59:59.999Z'`), EVENT(5, `at = '2026-01-01 02:59:59.999Z'`)],
    codes: ['time_falls'],
  },
  {
    what: 'the first transition is earlier than the creation',
    steps: BUSY,
    sql: [ROW(1, `created_at = '2025-12-31Z'`), EVENT(2, `at = '2025-12-31Z'`)],
    codes: ['moved_before_created'],
  },
  {
    what: 'phase_entered_at is a millisecond too late',
    steps: BUSY,
    sql: [TICKET(`phase_entered_at = phase_entered_at + interval '1 millisecond'`)],
    codes: ['phase_entered_at_mismatch'],
  },
  {
    what: 'phase_entered_at is infinity',
    steps: BUSY,
    sql: [TICKET(`phase_entered_at = 'infinity'`)],
    codes: ['phase_entered_at_mismatch'],
  },
  {
    what: 'updated_at is earlier than the last transition',
    steps: BUSY,
    sql: [TICKET(`updated_at = phase_entered_at - interval '1 millisecond'`)],
    codes: ['updated_at_early'],
  },
  {
    what: 'the event of a transition is a millisecond late',
    steps: BUSY,
    sql: [EVENT(2, `at = at + interval '1 millisecond'`)],
    codes: ['event_time_mismatch'],
  },
  {
    what: 'the ticket is missing and its history is not',
    steps: BUSY,
    sql: [`DELETE FROM tickets WHERE id = '{id}'`],
    codes: ['orphan_events', 'orphan_history'],
  },
  {
    what: 'the ticket is missing and its events are not',
    steps: ['BACKLOG'],
    sql: [`DELETE FROM tickets WHERE id = '{id}'`],
    codes: ['orphan_events'],
  },
];
