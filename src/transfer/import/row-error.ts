import { FINDINGS } from '../../audit/finding';

/**
 * Why a row is not imported. The codes are for programs and never change their names; the sentences are for people who
 * want to know what a code means. A ticket of an export can have every fault that the audit of a database finds.
 */
export const ROW_ERRORS = {
  ...FINDINGS,
  bad_csv: 'the line is no CSV',
  bad_encoding: 'the line is not UTF-8',
  bad_columns: 'the row has too few or too many columns',
  bad_line: 'the line is none that an export has',
  line_too_long: 'the line is too long to be read',
  misplaced_line: 'the line has no place where it stands',
  bad_ticket_id: 'the ticket id is empty, too long, or cannot be stored',
  bad_seq: 'seq is not a whole number from 1',
  bad_state: 'a state is empty, too long, or cannot be stored',
  bad_time: 'the time cannot be read',
  bad_actor: 'the actor is too long, or cannot be stored',
  bad_title: 'the title is too long, or cannot be stored',
  time_out_of_range: 'the time is before 1970 or in the future',
  changelog_incomplete: 'the changelog of the issue does not tell all of its past',
  ticket_missing: 'there are moves or events of a ticket that has no line itself',
  project_unknown: 'the ticket names a project that the export does not have',
  cut_off: 'the file breaks off before all lines of the ticket have come',
  ticket_too_large: 'the ticket has more rows than fit into memory together',
  creation_missing: 'the ticket has no row with seq 1',
  seq_gap: 'rows between this one and the one before it are missing',
  seq_repeated: 'another row of the ticket has the same seq',
  chain_broken: 'the row does not start where the one before it ended',
  time_falls: 'the row is earlier than the one before it',
  unknown_state: 'the workflow has no such phase',
  illegal_transition: 'the workflow does not allow this move',
  guard_failed: 'the workflow asks for something that the log does not have',
  differs: 'the database has another past of this ticket',
  ticket_archived: 'the ticket is archived and takes no moves',
  refused_by_database: 'the database refuses the ticket',
  ticket_quarantined: 'another row of the same ticket is at fault',
} as const;

export type RowErrorCode = keyof typeof ROW_ERRORS;

/** What is wrong with one row. */
export interface RowError {
  readonly line: number;
  readonly code: RowErrorCode;
  /** A sentence with what was expected and what came. */
  readonly reason: string;
}

/** A text as a reason shows it: never at length. */
export function quoted(text: string): string {
  return text.length <= 80 ? JSON.stringify(text) : `${JSON.stringify(text.slice(0, 80))}… (${text.length} characters)`;
}
