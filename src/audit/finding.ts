/**
 * The codes of the audit with their meanings. Codes are part of the public interface and are never renamed.
 */
export const FINDINGS = {
  sequence_gap: 'the history is not numbered 1, 2, 3 …',
  chain_broken: 'a transition does not start where the previous one ended',
  chain_start: 'the first transition does not start in the initial phase of the ticket',
  edge_unknown: 'a transition uses an edge that its graph does not have',
  phase_unknown: 'the ticket started in a phase that its graph does not have',
  graph_unknown: 'the ticket or a transition names a graph that does not exist',
  rules_missing: 'the ticket or a transition is under a graph without a valid definition',
  graph_mismatch: 'the graph of the ticket or of a transition cannot be reached from the previous one',
  graph_differs: 'the edges of a graph differ from those of its definition',
  definition_mismatch: 'the definition of a graph does not match its digest, its key or the built-in definition',
  plan_broken: 'a migration plan does not lead from phases of one version to phases of another',
  workflow_missing: 'a workflow with versions does not exist',
  version_gap: 'the versions of a workflow are not numbered 1, 2, 3 …',
  kind_mismatch: 'the ticket or a transition is under a plan instead of a workflow version, or the reverse',
  migration_untold: 'the ticket was migrated to another workflow version without an event',
  run_missing: 'a migration plan, or the migration of a ticket, has no run in workflow_migrations',
  migration_count_mismatch: 'a migration counts more tickets than its plan moved',
  requirement_missing: 'a transition was made without meeting its requirements',
  resume_rule_broken: 'a ticket resumed in a phase that it had not reached',
  changed_while_archived: 'the ticket was moved, edited or migrated while it was archived',
  phase_mismatch: 'the phase of the ticket is not the target of its last transition',
  previous_phase_mismatch: 'the previous phase of the ticket is not the source of its last transition',
  transition_count_mismatch: 'the transition count is not the sequence of the last transition',
  resume_phase_mismatch: 'the resume phase does not follow from the transitions',
  archived_at_mismatch: 'archived_at does not agree with the events',
  move_version_order: 'the ticket versions of the transitions do not increase',
  move_version_ahead: 'a transition has a version that the ticket has not reached',
  event_missing: 'a version of the ticket has no event',
  edit_mismatch: 'title, description or priority differs from the last event that records it',
  event_ahead: 'an event has a version that the ticket has not reached',
  event_type_wrong: 'an event has a type that cannot follow the events before it',
  event_mismatch: 'an event and the transition of its version disagree',
  time_falls: 'a transition is earlier than the previous one',
  moved_before_created: 'the first transition is earlier than the creation of the ticket',
  phase_entered_at_mismatch: 'phase_entered_at is not the time of the last transition',
  updated_at_early: 'updated_at is earlier than the last transition',
  event_time_mismatch: 'the time of an event differs from that of the change',
  orphan_history: 'the history belongs to a ticket that does not exist',
  api_key_event_missing: 'an API key lacks the event of its creation or of its revocation',
  orphan_events: 'the events belong to a ticket that does not exist',
} as const;

export type FindingCode = keyof typeof FINDINGS;

/** An inconsistency. */
export interface Finding {
  readonly code: FindingCode;
  /** Null if the finding is not about one ticket. */
  readonly ticket_id: string | null;
  /** A sentence with the values that disagree. */
  readonly detail: string;
}

/** The row that a finding is about: a history row by its sequence, or an event by its version. */
export type RowReference = { readonly move: number } | { readonly event: number };

/** Receives the findings about one ticket. @param row undefined if the finding is about the ticket itself */
export type Report = (code: FindingCode, detail: string, row?: RowReference) => void;
