import { Injectable } from '@nestjs/common';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import type { DataSource, EntityManager, Repository } from 'typeorm';
import { inTransaction } from '../database/transaction';
import { uuidv7 } from '../database/uuid';
import { DomainError } from '../problems/domain-error';
import { SDLC_GRAPH_ID } from '../workflows/workflow.service';
import type { Priority } from './ticket.entity';
import { Ticket } from './ticket.entity';

export interface NewTicket {
  projectId: string;
  title: string;
  description?: string | null;
  priority?: Priority;
  /** The phase that the ticket begins in; the caller has checked that tickets may. */
  phaseId: string;
}

export type TicketEdits = Partial<Pick<Ticket, 'title' | 'description' | 'priority'>>;

type TicketChange = TicketEdits & { archivedAt?: Date | null | (() => string) };

/** Tickets, but for their phases: those are the phases room's alone. */
@Injectable()
export class TicketService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    @InjectRepository(Ticket) private readonly tickets: Repository<Ticket>,
  ) {}

  /** @throws DomainError `outcome_unknown` */
  async createTicket(ticket: NewTicket): Promise<Ticket> {
    const { projectId, title, description = null, priority = 'MEDIUM', phaseId } = ticket;
    const now = () => 'statement_timestamp()';
    const times = { createdAt: now, updatedAt: now, phaseEnteredAt: now };
    const values = { id: uuidv7(), projectId, graphId: SDLC_GRAPH_ID, title, description, priority };
    const { generatedMaps } = await inTransaction(this.dataSource, (manager) =>
      manager
        .createQueryBuilder()
        .insert()
        .into(Ticket)
        .values({ ...values, ...times, initialPhaseId: phaseId, phaseId })
        .returning('*')
        .execute(),
    );
    return this.tickets.create({ ...values, ...generatedMaps[0] });
  }

  /** @throws DomainError `ticket_not_found` */
  async getTicket(id: string): Promise<Ticket> {
    const ticket = await this.tickets.findOneBy({ id });
    if (ticket === null) throw ticketNotFound(id);
    return ticket;
  }

  /**
   * Edits what people write about a ticket. Edits that change nothing make no new version.
   *
   * @throws DomainError `ticket_not_found`, `ticket_archived`, `outcome_unknown`
   */
  editTicket(id: string, edits: TicketEdits): Promise<Ticket> {
    return this.changeTicket(id, (ticket) => {
      refuseArchived(ticket);
      const changed = Object.entries(edits).filter(
        ([field, value]) => value !== undefined && value !== ticket[field as keyof TicketEdits],
      );
      return Object.fromEntries(changed);
    });
  }

  /**
   * Puts a ticket away: it refuses moves and edits until it is restored. Repeating it changes nothing.
   *
   * @throws DomainError `ticket_not_found`, `outcome_unknown`
   */
  archiveTicket(id: string): Promise<Ticket> {
    const now = () => 'greatest(clock_timestamp(), updated_at)';
    return this.changeTicket(id, ({ archivedAt }) => (archivedAt === null ? { archivedAt: now } : {}));
  }

  /**
   * Takes an archived ticket back. Repeating it changes nothing.
   *
   * @throws DomainError `ticket_not_found`, `outcome_unknown`
   */
  restoreTicket(id: string): Promise<Ticket> {
    return this.changeTicket(id, ({ archivedAt }) => (archivedAt === null ? {} : { archivedAt: null }));
  }

  /** Every command on a ticket but its moves: lock, decide on what is there now, write one new version. */
  private changeTicket(id: string, decide: (ticket: Ticket) => TicketChange): Promise<Ticket> {
    return inTransaction(this.dataSource, async (manager) => {
      const ticket = await lockTicket(manager, id);
      const change = decide(ticket);
      return Object.keys(change).length === 0 ? ticket : writeChange(manager, ticket, change);
    });
  }
}

/** The refusal for an id that no ticket has. */
export function ticketNotFound(id: string): DomainError {
  return new DomainError('ticket_not_found', `There is no ticket ${id}.`);
}

/** @throws DomainError `ticket_archived` */
function refuseArchived(ticket: Pick<Ticket, 'archivedAt'>): void {
  if (ticket.archivedAt === null) return;
  throw new DomainError('ticket_archived', 'The ticket is archived; restore it first.', {
    archived_at: ticket.archivedAt,
  });
}

/** NO KEY UPDATE: foreign-key checks of others go on while a ticket is locked. */
async function lockTicket(manager: EntityManager, id: string): Promise<Ticket> {
  const ticket = await manager.findOne(Ticket, { where: { id }, lock: { mode: 'for_no_key_update' } });
  if (ticket === null) throw ticketNotFound(id);
  return ticket;
}

/** Brings the ticket up to what the database has made of it: an UPDATE does so only for entities in its WHERE. */
async function writeChange(manager: EntityManager, ticket: Ticket, change: TicketChange): Promise<Ticket> {
  await manager
    .createQueryBuilder()
    .update(Ticket)
    .set({ ...change, version: () => 'version + 1', updatedAt: () => 'greatest(clock_timestamp(), updated_at)' })
    .whereEntity(ticket)
    .returning('*')
    .execute();
  return ticket;
}
