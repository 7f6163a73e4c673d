import type { EntityManager, EntityMetadata } from 'typeorm';
import { type CommandEvent, insertEvents } from './ticket-event.statements';
import type { Ticket } from './ticket.entity';

/** The columns of a new ticket that the database does not fill in. */
export type InsertedTicket = Pick<
  Ticket,
  'id' | 'projectId' | 'graphId' | 'title' | 'description' | 'priority' | 'phaseId'
>;

/** New values of a ticket. A member that is absent or undefined keeps its value. */
export type TicketEdits = Partial<Pick<Ticket, 'title' | 'description' | 'priority'>>;

/** New values of a ticket, which may also be archived (true) or restored (false). */
export type TicketFields = TicketEdits & { readonly archived?: boolean };

const EDITABLE = ['title', 'description', 'priority'] as const;

/**
 * The statements that create and change tickets, except their phases. Each writes the event, too: the integrity constraints
 * check when the statement ends that the version of a ticket has its event.
 */
export class TicketStatements {
  private readonly returned: string;

  constructor(tickets: EntityMetadata) {
    this.returned = tickets.columns
      .map(({ databaseName, propertyName }) => `${databaseName} AS "${propertyName}"`)
      .join(', ');
  }

  /** Inserts a ticket, and the event of its creation. */
  insert(manager: EntityManager, ticket: InsertedTicket, event: CommandEvent): Promise<Ticket> {
    const { id, projectId, graphId, title, description, priority, phaseId } = ticket;
    const values = [id, projectId, graphId, title, description, priority, phaseId];
    const change = `
      INSERT INTO tickets (id, project_id, graph_id, title, description, priority, initial_phase_id, phase_id,
          created_at, updated_at, phase_entered_at)
        VALUES ($5, $6, $7, $8, $9, $10, $11, $11, statement_timestamp(), statement_timestamp(), statement_timestamp())`;
    return this.write(manager, change, event, values);
  }

  /** Writes the next version of a locked ticket, and its event. */
  update(manager: EntityManager, id: string, fields: TicketFields, event: CommandEvent): Promise<Ticket> {
    const edited = EDITABLE.filter((column) => fields[column] !== undefined);
    const columns = edited.map((column, i) => `${column} = $${i + 6}`);
    if (fields.archived !== undefined) {
      columns.push(`archived_at = ${fields.archived ? 'greatest(clock_timestamp(), updated_at)' : 'NULL'}`);
    }
    const change = `
      UPDATE tickets SET ${columns.join(', ')}, version = version + 1,
          updated_at = greatest(clock_timestamp(), updated_at)
        WHERE id = $5`;
    return this.write(manager, change, event, [id, ...edited.map((column) => fields[column])]);
  }

  /** @param values of the parameters from $5; those before are the event's */
  private async write(
    manager: EntityManager,
    change: string,
    { type, caller, changes }: CommandEvent,
    values: readonly unknown[],
  ): Promise<Ticket> {
    const event = insertEvents('changed', {
      ticket_id: 'id',
      type: '$1::varchar',
      actor: '$2::varchar',
      actor_kind: '$3::varchar',
      at: 'updated_at',
      sequence: 'NULL::integer',
      changes: '$4::jsonb',
    });
    const text = `WITH changed AS (${change} RETURNING *), event AS (${event}) SELECT ${this.returned} FROM changed`;
    const [ticket] = await manager.query<[Ticket]>(text, [
      type,
      caller.name,
      caller.actorKind,
      changes ?? null,
      ...values,
    ]);
    return ticket;
  }
}
