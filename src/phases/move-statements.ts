import type { QueryConfig } from 'pg';
import type { EntityMetadata } from 'typeorm';
import type { Ticket } from '../tickets/ticket.entity';
import type { CommittedMove } from './move';
import type { PhaseHistory } from './phase-history.entity';

/**
 * The statements of moves. Each takes any number of moves, so that a batch costs one statement a table. They are named:
 * a connection parses and plans each of them once.
 */

/** What to do about a ticket that somebody else has locked. */
export type LockMode = 'skip' | 'wait';

/**
 * Locks tickets and reads them whole. Ids ascend, which is the one order of locks of all writers; NO KEY UPDATE leaves
 * the foreign-key checks of others alone. The clock is read outside the locking query, that is, after the locks.
 */
export class LockStatements {
  private readonly texts: Readonly<Record<LockMode, string>>;

  constructor(tickets: EntityMetadata) {
    const columns = tickets.columns.map(({ databaseName, propertyName }) => `${databaseName} AS "${propertyName}"`);
    const text = (skip: string) => `
      SELECT locked.*, clock_timestamp()::timestamptz(3) AS "lockedAt"
        FROM (SELECT ${columns.join(', ')} FROM tickets
               WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE ${skip}) AS locked`;
    this.texts = { skip: text('SKIP LOCKED'), wait: text('') };
  }

  lock(ids: readonly string[], mode: LockMode): QueryConfig {
    return { name: `lock-${mode}`, text: this.texts[mode], values: [ids] };
  }
}

/** Which of these ids are tickets, locked or not. */
export function findTickets(ids: readonly string[]): QueryConfig {
  return { name: 'find-tickets', text: 'SELECT id FROM tickets WHERE id = ANY ($1::uuid[])', values: [ids] };
}

const MOVE_TICKETS = `
  UPDATE tickets SET phase_id = moved.phase_id, previous_phase_id = moved.previous_phase_id,
      resume_phase_id = moved.resume_phase_id, phase_entered_at = moved.phase_entered_at,
      transition_count = moved.transition_count, version = moved.version, updated_at = moved.updated_at
    FROM unnest($1::uuid[], $2::varchar[], $3::varchar[], $4::varchar[], $5::timestamptz[], $6::int[], $7::int[],
                $8::timestamptz[])
      AS moved (id, phase_id, previous_phase_id, resume_phase_id, phase_entered_at, transition_count, version, updated_at)
    WHERE tickets.id = moved.id`;

/** Puts each ticket where its last move leads. No ticket may stand in the list twice. */
export function moveTickets(tickets: readonly Ticket[]): QueryConfig {
  const values = [
    tickets.map(({ id }) => id),
    tickets.map(({ phaseId }) => phaseId),
    tickets.map(({ previousPhaseId }) => previousPhaseId),
    tickets.map(({ resumePhaseId }) => resumePhaseId),
    tickets.map(({ phaseEnteredAt }) => phaseEnteredAt.toISOString()),
    tickets.map(({ transitionCount }) => transitionCount),
    tickets.map(({ version }) => version),
    tickets.map(({ updatedAt }) => updatedAt.toISOString()),
  ];
  return { name: 'move-tickets', text: MOVE_TICKETS, values };
}

const RECORD_MOVES = `
  INSERT INTO phase_history (ticket_id, sequence, id, from_phase, to_phase, transition_reason, transitioned_by,
      actor_kind, artifacts, kind, graph_id, version, created_at)
    SELECT * FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::varchar[], $5::varchar[], $6::text[], $7::varchar[],
      $8::varchar[], $9::jsonb[], $10::varchar[], $11::int[], $12::int[], $13::timestamptz[])`;

/** Writes the history rows of moves. */
export function recordMoves(moves: readonly CommittedMove[]): QueryConfig {
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
  ];
  return { name: 'record-moves', text: RECORD_MOVES, values };
}

/** Which of these moves are committed, told by the ids of their rows. */
export function findMoves(moves: readonly CommittedMove[]): QueryConfig {
  const text = `
    SELECT history.id FROM unnest($1::uuid[], $2::int[], $3::uuid[]) AS sought (ticket_id, sequence, id)
      JOIN phase_history history USING (ticket_id, sequence, id)`;
  const rows = moves.map(({ transition }) => transition);
  const values = [rows.map(({ ticketId }) => ticketId), rows.map(({ sequence }) => sequence), rows.map(({ id }) => id)];
  return { name: 'find-moves', text, values };
}
