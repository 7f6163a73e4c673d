import type { QueryConfig } from 'pg';
import type { EntityMetadata } from 'typeorm';
import type { CommittedTransition } from '../transition';
import type { PhaseHistory } from '../phase-history.entity';
import type { TransitionPlan } from './transition-plan';

/**
 * The statements of transitions. Each takes any number of transitions, so that a batch takes one statement to lock and
 * one to write. They are named: a connection parses and plans each of them once.
 */

/** Whether a lock skips tickets that other transactions have locked, or waits for them. */
export type LockMode = 'skip' | 'wait';

/** The tickets to lock. Tickets of other projects are neither locked nor waited for. */
export interface RequestedTickets {
  readonly ids: readonly string[];
  /** Null: all projects. */
  readonly projects: readonly string[] | null;
}

/**
 * Locks tickets and reads them. Ids ascend, which is the lock order of all writers; NO KEY UPDATE does not block the
 * foreign-key checks of other transactions. The clock is read outside the locking query, that is, after the locks.
 */
export class LockStatements {
  private readonly texts: Readonly<Record<LockMode, string>>;

  constructor(tickets: EntityMetadata) {
    const columns = tickets.columns.map(({ databaseName, propertyName }) => `${databaseName} AS "${propertyName}"`);
    const text = (skip: string) => `
      SELECT locked.*, clock_timestamp()::timestamptz(3) AS "lockedAt"
        FROM (SELECT ${columns.join(', ')} FROM tickets
               WHERE id = ANY ($1::uuid[]) AND ($2::uuid[] IS NULL OR project_id = ANY ($2::uuid[]))
               ORDER BY id FOR NO KEY UPDATE ${skip}) AS locked`;
    this.texts = { skip: text('SKIP LOCKED'), wait: text('') };
  }

  lock({ ids, projects }: RequestedTickets, mode: LockMode): QueryConfig {
    return { name: `lock-${mode}`, text: this.texts[mode], values: [ids, projects] };
  }
}

/** Finds tickets that exist, locked or not. */
export function findTickets({ ids, projects }: RequestedTickets): QueryConfig {
  const text = `
    SELECT id FROM tickets
      WHERE id = ANY ($1::uuid[]) AND ($2::uuid[] IS NULL OR project_id = ANY ($2::uuid[]))`;
  return { name: 'find-tickets', text, values: [ids, projects] };
}

/** One statement for all tables, because the integrity constraints of the database are checked when a statement ends. */
const WRITE_TRANSITIONS = `
  WITH moves AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::varchar[], $5::varchar[], $6::text[], $7::varchar[],
        $8::varchar[], $9::jsonb[], $10::varchar[], $11::int[], $12::int[], $13::timestamptz[], $14::varchar[], $15::boolean[],
        $16::varchar[])
      AS move (ticket_id, sequence, id, from_phase, to_phase, transition_reason, transitioned_by, actor_kind, artifacts,
        kind, graph_id, version, created_at, resume_phase_id, is_last, actor)
  ), moved AS (
    UPDATE tickets SET phase_id = move.to_phase, previous_phase_id = move.from_phase,
        resume_phase_id = move.resume_phase_id, phase_entered_at = move.created_at,
        transition_count = move.sequence, version = move.version,
        updated_at = greatest(tickets.updated_at, move.created_at)
      FROM moves AS move WHERE tickets.id = move.ticket_id AND move.is_last
  ), traced AS (
    INSERT INTO ticket_events (ticket_id, version, type, actor, actor_kind, at, sequence)
      SELECT ticket_id, version, 'moved', actor, actor_kind, created_at, sequence FROM moves
  )
  INSERT INTO phase_history (ticket_id, sequence, id, from_phase, to_phase, transition_reason, transitioned_by,
      actor_kind, artifacts, kind, graph_id, version, created_at)
    SELECT ticket_id, sequence, id, from_phase, to_phase, transition_reason, transitioned_by, actor_kind, artifacts, kind,
        graph_id, version, created_at
      FROM moves`;

/** Writes the history rows and events of transitions and updates their tickets. */
export function writeTransitions({ moves, tickets }: Pick<TransitionPlan, 'moves' | 'tickets'>): QueryConfig {
  const last = new Set(tickets);
  const rows: PhaseHistory[] = moves.map(({ transition }) => transition);
  const values = [
    rows.map(({ ticketId }) => ticketId),
    rows.map(({ sequence }) => sequence),
    rows.map(({ id }) => id),
    rows.map(({ fromPhase }) => fromPhase),
    rows.map(({ toPhase }) => toPhase),
    rows.map(({ transitionReason }) => transitionReason),
    rows.map(({ transitionedBy }) => transitionedBy),
    rows.map(({ actorKind }) => actorKind),
    rows.map(({ artifacts }) => (artifacts === null ? null : JSON.stringify(artifacts))),
    rows.map(({ kind }) => kind),
    rows.map(({ graphId }) => graphId),
    rows.map(({ version }) => version),
    rows.map(({ createdAt }) => createdAt.toISOString()),
    moves.map(({ ticket }) => ticket.resumePhaseId),
    moves.map(({ ticket }) => last.has(ticket)),
    moves.map(({ actor }) => actor),
  ];
  return { name: 'write-transitions', text: WRITE_TRANSITIONS, values };
}

/** Finds the transitions that are committed, by the ids of their history rows. */
export function findTransitions(moves: readonly CommittedTransition[]): QueryConfig {
  const text = `
    SELECT history.id FROM unnest($1::uuid[], $2::int[], $3::uuid[]) AS sought (ticket_id, sequence, id)
      JOIN phase_history history USING (ticket_id, sequence, id)`;
  const rows = moves.map(({ transition }) => transition);
  const values = [rows.map(({ ticketId }) => ticketId), rows.map(({ sequence }) => sequence), rows.map(({ id }) => id)];
  return { name: 'find-transitions', text, values };
}
