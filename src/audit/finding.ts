/**
 * What the audit looks for. The codes are for programs and never change their names; the sentences are for people who
 * want to know what a code means.
 */
export const FINDINGS = {
  sequence_gap: 'the history is not numbered 1, 2, 3 …',
  chain_broken: 'a move does not start where the one before it ended',
  chain_start: 'the first move does not start where the ticket began',
  edge_unknown: 'a move uses an edge that its graph does not have',
  phase_unknown: 'the ticket began in a phase that its graph does not have',
  graph_unknown: 'the ticket or a move names a graph that does not exist',
  graph_mismatch: 'a move was made, or the ticket is, under a graph that nothing before it leads to',
  graph_differs: 'the edges of a graph are not those of its definition',
  definition_mismatch: 'the definition of a graph is not what its digest, its key or the program says',
  plan_broken: 'a plan of a migration does not lead from phases of one version to phases of another',
  workflow_missing: 'there are versions of a workflow that does not exist',
  version_gap: 'the versions of a workflow are not numbered 1, 2, 3 …',
  kind_mismatch: 'the ticket or a move is under a plan and should be under a workflow, or the other way round',
  migration_untold: 'the ticket went to another version of its workflow, and no event says so',
  migration_count_mismatch: 'a migration counts more moves than there are under its plan',
  requirement_missing: 'a move was made without what it requires',
  resume_rule_broken: 'a move out of a waiting phase went further than the ticket had come',
  changed_while_archived: 'the ticket was moved, edited or migrated while it was archived',
  phase_mismatch: 'the ticket is not where its last move leads',
  previous_phase_mismatch: 'the previous phase is not where the last move started',
  transition_count_mismatch: 'the count of moves is not the number of the last one',
  resume_phase_mismatch: 'the phase to resume in is not what the moves have left',
  archived_at_mismatch: 'the ticket is archived or not, and its events say otherwise',
  move_version_order: 'the versions of the moves do not grow',
  move_version_ahead: 'a move made a version that the ticket has not reached',
  event_missing: 'a version of the ticket has no event',
  event_ahead: 'an event made a version that the ticket has not reached',
  event_type_wrong: 'an event cannot follow those before it',
  event_mismatch: 'a move and the event of its version disagree',
  time_falls: 'a move is earlier than the one before it',
  moved_before_created: 'the first move is earlier than the ticket',
  phase_entered_at_mismatch: 'the ticket did not enter its phase when its last move was made',
  updated_at_early: 'the last change is earlier than the last move',
  event_time_mismatch: 'the time of an event is not that of what it tells of',
  orphan_history: 'there is history of a ticket that does not exist',
  orphan_events: 'there are events of a ticket that does not exist',
} as const;

export type FindingCode = keyof typeof FINDINGS;

/** A disagreement between things that are written down twice. */
export interface Finding {
  readonly code: FindingCode;
  /** Null where it is not about one ticket. */
  readonly ticket_id: string | null;
  /** A sentence with the values that disagree. */
  readonly detail: string;
}

/** Which row of a ticket's past a finding is about: a move by its sequence, or an event by its version. */
export type AboutRow = { readonly move: number } | { readonly event: number };

/** Takes what the audit of one ticket finds. @param row undefined where it is about the ticket itself */
export type Report = (code: FindingCode, detail: string, row?: AboutRow) => void;
