import type { QueryConfig } from 'pg';
import type { EntityMetadata } from 'typeorm';
import type { CommittedMove } from '../move';

/**
 * The statements of moves. Each takes any number of moves, so that a batch costs one statement to lock and one to write. They are named:
 * a connection parses and plans each of them once.
 */

/** What to do about a ticket that somebody else has locked. */
export type LockMode = 'skip' | 'wait';

/** The tickets that are wanted: what is not in these projects is left alone, and nobody waits for it. */
export interface Wanted {
  readonly ids: readonly string[];
  /** Null: all projects. */
  readonly projects: readonly string[] | null;
}

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
               WHERE id = ANY ($1::uuid[]) AND ($2::uuid[] IS NULL OR project_id = ANY ($2::uuid[]))
               ORDER BY id FOR NO KEY UPDATE ${skip}) AS locked`;
    this.texts = { skip: text('SKIP LOCKED'), wait: text('') };
  }

  lock({ ids, projects }: Wanted, mode: LockMode): QueryConfig {
    return { name: `lock-${mode}`, text: this.texts[mode], values: [ids, projects] };
  }
}

/** Which of these are tickets, locked or not. */
export function findTickets({ ids, projects }: Wanted): QueryConfig {
  const text = `
    SELECT id FROM tickets
      WHERE id = ANY ($1::uuid[]) AND ($2::uuid[] IS NULL OR project_id = ANY ($2::uuid[]))`;
  return { name: 'find-tickets', text, values: [ids, projects] };
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
