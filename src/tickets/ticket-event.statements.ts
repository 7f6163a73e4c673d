import type { Caller } from '../access/caller';
import type { EventType } from './ticket-event.entity';

const COLUMNS = ['ticket_id', 'version', 'type', 'actor', 'actor_kind', 'at', 'sequence', 'changes'] as const;

/**
 * Builds the INSERT of events from the rows of a relation. Every writer of `ticket_events` is built from it, most of them
 * as a part of the statement that writes the tickets.
 *
 * @param relation a table, CTE or function in FROM
 * @param expressions SQL of the columns that the relation does not have under their own names
 */
export function insertEvents(
  relation: string,
  expressions: Partial<Record<(typeof COLUMNS)[number], string>> = {},
): string {
  const values = COLUMNS.map((column) => expressions[column] ?? column);
  return `INSERT INTO ticket_events (${COLUMNS.join(', ')}) SELECT ${values.join(', ')} FROM ${relation}`;
}

/** The event of a command, and its actor. */
export interface CommandEvent {
  readonly type: EventType;
  readonly caller: Pick<Caller, 'name' | 'actorKind'>;
  readonly changes?: Readonly<Record<string, unknown>>;
}
