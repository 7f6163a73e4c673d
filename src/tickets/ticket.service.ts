import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';
import { ANONYMOUS, type Caller, seesProject } from '../access/caller';
import { afterCommit } from '../database/transaction';
import { uuidv7 } from '../database/storable';
import type { Command } from '../idempotency/command-runner';
import { DomainError } from '../problems/domain-error';
import type { CommandContext } from './command';
import { CommittedEvents } from './committed-events';
import { stalenessOf, StaleTicketExplainer } from './precondition';
import type { CommandEvent } from './ticket-event.statements';
import { type Priority, Ticket } from './ticket.entity';
import { type TicketEdits, type TicketFields, TicketStatements } from './ticket.statements';

export interface NewTicket {
  projectId: string;
  graphId: number;
  title: string;
  description?: string | null;
  priority?: Priority;
  /** An initial phase of the workflow version; the caller has checked it. */
  phaseId: string;
}

type TicketContext = Pick<CommandContext, 'caller' | 'precondition'>;

/** A change of a ticket and its event; null: nothing changes. */
type TicketChange = {
  readonly fields: TicketFields;
  readonly event: Omit<CommandEvent, 'caller'>;
} | null;

/** Tickets, except their phases. Methods that change tickets return commands for the `CommandRunner`. */
@Injectable()
export class TicketService {
  private readonly statements: TicketStatements;

  constructor(
    @InjectRepository(Ticket) private readonly tickets: Repository<Ticket>,
    private readonly explainer: StaleTicketExplainer,
    private readonly committed: CommittedEvents,
  ) {
    this.statements = new TicketStatements(tickets.metadata);
  }

  /** Returns the command that creates a ticket. */
  createTicket(ticket: NewTicket, caller: Caller): Command<Ticket> {
    const { projectId, graphId, title, description = null, priority = 'MEDIUM', phaseId } = ticket;
    const values = { id: uuidv7(), projectId, graphId, title, description, priority, phaseId };
    return {
      decide: async (manager) => {
        const created = await this.statements.insert(manager, values, { type: 'created', caller });
        afterCommit(manager, this.committed.signal);
        return created;
      },
    };
  }

  /**
   * Returns a ticket of a project that the caller sees.
   *
   * @throws DomainError `ticket_not_found`
   */
  async getTicket(id: string, caller: Caller = ANONYMOUS): Promise<Ticket> {
    const ticket = await this.tickets.findOneBy({ id });
    if (ticket === null || !seesProject(caller, ticket.projectId)) throw ticketNotFound(id);
    return ticket;
  }

  /**
   * Returns the command that edits a ticket. Edits that change nothing create no new version.
   *
   * The command throws `ticket_not_found`, `precondition_failed`, `ticket_archived`.
   */
  editTicket(id: string, edits: TicketEdits, context: TicketContext): Command<Ticket> {
    return this.changeTicket(id, context, (ticket) => {
      rejectArchived(ticket);
      const changed = Object.entries(edits).filter(
        ([field, value]) => value !== undefined && value !== ticket[field as keyof TicketEdits],
      );
      if (changed.length === 0) return null;
      const fields = Object.fromEntries(changed) as TicketEdits;
      return { fields, event: { type: 'edited', changes: fields } };
    });
  }

  /**
   * Returns the command that archives a ticket: until it is restored, transitions and edits are rejected. Archiving it
   * again changes nothing.
   *
   * The command throws `ticket_not_found`, `precondition_failed`.
   */
  archiveTicket(id: string, context: TicketContext): Command<Ticket> {
    return this.changeTicket(id, context, (ticket) =>
      ticket.archivedAt === null ? { fields: { archived: true }, event: { type: 'archived' } } : null,
    );
  }

  /**
   * Returns the command that restores an archived ticket. Restoring it again changes nothing.
   *
   * The command throws `ticket_not_found`, `precondition_failed`.
   */
  restoreTicket(id: string, context: TicketContext): Command<Ticket> {
    return this.changeTicket(id, context, (ticket) =>
      ticket.archivedAt === null ? null : { fields: { archived: false }, event: { type: 'restored' } },
    );
  }

  /** Locks a ticket, decides on its current state and writes one new version with its event. */
  private changeTicket(
    id: string,
    { caller, precondition }: TicketContext,
    decide: (ticket: Ticket) => TicketChange,
  ): Command<Ticket> {
    return {
      queue: `${id} ${caller.projectId}`,
      lock: (manager) => lockTicket(manager, id, caller),
      decide: async (manager, ticket: Ticket) => {
        const stale = stalenessOf(ticket, precondition);
        if (stale !== undefined) throw stale;
        const change = decide(ticket);
        if (change === null) return ticket;
        const changed = await this.statements.update(manager, id, change.fields, { ...change.event, caller });
        afterCommit(manager, this.committed.signal);
        return changed;
      },
      explain: (error) => this.explainer.explain(error),
    } satisfies Command<Ticket, Ticket>;
  }
}

/** The rejection of an id that no ticket has. */
export function ticketNotFound(id: string): DomainError {
  return new DomainError('ticket_not_found', `Ticket ${id} does not exist.`);
}

/** @throws DomainError `ticket_archived` */
function rejectArchived(ticket: Pick<Ticket, 'archivedAt'>): void {
  if (ticket.archivedAt === null) return;
  throw new DomainError('ticket_archived', 'The ticket is archived; restore it first.', {
    archived_at: ticket.archivedAt,
  });
}

/** NO KEY UPDATE does not block foreign-key checks. Tickets that the caller does not see are not waited for. */
async function lockTicket(manager: EntityManager, id: string, caller: Caller): Promise<Ticket> {
  const where = { id, ...(caller.projectId === null ? {} : { projectId: caller.projectId }) };
  const ticket = await manager.findOne(Ticket, { where, lock: { mode: 'for_no_key_update' } });
  if (ticket === null) throw ticketNotFound(id);
  return ticket;
}
