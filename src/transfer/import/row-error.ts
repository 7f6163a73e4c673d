import { FINDINGS } from '../../audit/finding';

/**
 * The reasons for rejecting a row. The codes never change; the sentences explain them. A ticket of an export can also
 * have every finding of the audit.
 */
export const ROW_ERRORS = {
  ...FINDINGS,
  bad_csv: 'the line is not valid CSV',
  bad_encoding: 'the line is not valid UTF-8',
  bad_columns: 'the row has the wrong number of columns',
  bad_line: 'the line is not a valid line of an export',
  line_too_long: 'the line is too long',
  misplaced_line: 'the line is in the wrong place',
  bad_ticket_id: 'the ticket id is empty, too long or cannot be stored',
  bad_seq: 'seq is not a positive whole number',
  bad_state: 'a state is empty, too long or cannot be stored',
  bad_time: 'the time is not valid',
  bad_actor: 'the actor is too long or cannot be stored',
  bad_title: 'the title is too long or cannot be stored',
  time_out_of_range: 'the time is before 1970 or in the future',
  changelog_incomplete: 'the changelog of the issue is incomplete',
  ticket_missing: 'transitions or events precede the line of their ticket',
  project_unknown: 'the project of the ticket is not in the export',
  cut_off: 'the file is truncated within the lines of the ticket',
  ticket_too_large: 'the rows of the ticket exceed the size limit',
  creation_missing: 'the ticket has no row with seq 1',
  seq_gap: 'rows are missing before this one',
  seq_repeated: 'another row of the ticket has the same seq',
  chain_broken: 'from_state differs from the to_state of the previous row',
  time_falls: 'the row is earlier than the previous row',
  unknown_state: 'the workflow has no such phase',
  illegal_transition: 'the workflow does not allow this transition',
  guard_failed: 'the transition has requirements that a log cannot meet',
  differs: 'the ticket differs from the stored ticket',
  ticket_archived: 'the ticket is archived',
  refused_by_database: 'the database rejects the ticket',
  ticket_quarantined: 'another row of the same ticket is rejected',
} as const;

export type RowErrorCode = keyof typeof ROW_ERRORS;

/** The error of one row. */
export interface RowError {
  readonly line: number;
  readonly code: RowErrorCode;
  /** A sentence with the expected and the actual value. */
  readonly reason: string;
}

/** Quotes a text for a reason, abbreviated. */
export function quoted(text: string): string {
  return text.length <= 80 ? JSON.stringify(text) : `${JSON.stringify(text.slice(0, 80))}… (${text.length} characters)`;
}

/** Formats a time in milliseconds since 1970. */
export function iso(at: number): string {
  return new Date(at).toISOString();
}
