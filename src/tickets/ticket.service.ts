import { Injectable } from '@nestjs/common';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import type { DataSource, EntityManager, Repository } from 'typeorm';
import { ANONYMOUS, seesProject, type Caller } from '../access/caller';
import { afterCommit, inTransaction } from '../database/transaction';
import { Semaphore } from '../database/semaphore';
import { uuidv7 } from '../database/uuid';
import { claimKey, keepAnswer, type Receipt } from '../idempotency/receipt';
import { DomainError } from '../problems/domain-error';
import { PLAIN_COMMAND, type Command } from './command';
import { CommittedEvents } from './committed-events';
import { stalenessOf, StaleTicketExplainer } from './precondition';
import { insertEvent, type CommandEvent } from './ticket-event.statements';
import { Ticket, type Priority } from './ticket.entity';

export interface NewTicket {
  projectId: string;
  /** The workflow version that it moves under. */
  graphId: number;
  title: string;
  description?: string | null;
  priority?: Priority;
  /** The phase that the ticket begins in; the caller has checked that tickets may. */
  phaseId: string;
}

export type TicketEdits = Partial<Pick<Ticket, 'title' | 'description' | 'priority'>>;

type TicketChange = TicketEdits & { archivedAt?: Date | null | (() => string) };

/** What a command on a ticket needs besides the change, and what is done with the ticket as it leaves it. */
export interface TicketCommand extends Pick<Command, 'caller' | 'precondition'> {
  readonly receipt?: Receipt<Ticket>;
}

/** The change that a command makes to a ticket, and its event; null if nothing changes. */
type Decision = { readonly change: TicketChange; readonly event: Omit<CommandEvent, 'caller'> } | null;

/** How many commands on one ticket wait for their turn at most, and how long, in milliseconds. */
const TURNS = { waiting: 256, patience: 2_000 };

/** Tickets, but for their phases: those are the phases room's alone. */
@Injectable()
export class TicketService {
  private readonly turns = new Map<string, Semaphore>();

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    @InjectRepository(Ticket) private readonly tickets: Repository<Ticket>,
    private readonly explainer: StaleTicketExplainer,
    private readonly committed: CommittedEvents,
  ) {}

  /** @throws DomainError `outcome_unknown` */
  async createTicket(ticket: NewTicket, { caller, receipt }: TicketCommand = PLAIN_COMMAND): Promise<Ticket> {
    const { projectId, graphId, title, description = null, priority = 'MEDIUM', phaseId } = ticket;
    const now = () => 'statement_timestamp()';
    const times = { createdAt: now, updatedAt: now, phaseEnteredAt: now };
    const values = { id: uuidv7(), projectId, graphId, title, description, priority };
    return inTransaction(this.dataSource, async (manager) => {
      await claimKey(manager, receipt);
      const { generatedMaps } = await manager
        .createQueryBuilder()
        .insert()
        .into(Ticket)
        .values({ ...values, ...times, initialPhaseId: phaseId, phaseId })
        .returning('*')
        .execute();
      const created = this.tickets.create({ ...values, ...generatedMaps[0] });
      await this.recordEvent(manager, created, { type: 'created', caller });
      await keepAnswer(manager, receipt, created);
      return created;
    });
  }

  /**
   * @param caller sees no tickets of other projects than his
   * @throws DomainError `ticket_not_found`
   */
  async getTicket(id: string, caller: Caller = ANONYMOUS): Promise<Ticket> {
    const ticket = await this.tickets.findOneBy({ id });
    if (ticket === null || !seesProject(caller, ticket.projectId)) throw ticketNotFound(id);
    return ticket;
  }

  /**
   * Edits what people write about a ticket. Edits that change nothing make no new version.
   *
   * @throws DomainError `ticket_not_found`, `precondition_failed`, `ticket_archived`, `outcome_unknown`
   */
  editTicket(id: string, edits: TicketEdits, command: TicketCommand = PLAIN_COMMAND): Promise<Ticket> {
    return this.changeTicket(id, command, (ticket) => {
      refuseArchived(ticket);
      const changed = Object.entries(edits).filter(
        ([field, value]) => value !== undefined && value !== ticket[field as keyof TicketEdits],
      );
      if (changed.length === 0) return null;
      const change = Object.fromEntries(changed) as TicketEdits;
      return { change, event: { type: 'edited', changes: change } };
    });
  }

  /**
   * Puts a ticket away: it refuses moves and edits until it is restored. Repeating it changes nothing.
   *
   * @throws DomainError `ticket_not_found`, `precondition_failed`, `outcome_unknown`
   */
  archiveTicket(id: string, command: TicketCommand = PLAIN_COMMAND): Promise<Ticket> {
    const archivedAt = () => 'greatest(clock_timestamp(), updated_at)';
    return this.changeTicket(id, command, (ticket) =>
      ticket.archivedAt === null ? { change: { archivedAt }, event: { type: 'archived' } } : null,
    );
  }

  /**
   * Takes an archived ticket back. Repeating it changes nothing.
   *
   * @throws DomainError `ticket_not_found`, `precondition_failed`, `outcome_unknown`
   */
  restoreTicket(id: string, command: TicketCommand = PLAIN_COMMAND): Promise<Ticket> {
    return this.changeTicket(id, command, (ticket) =>
      ticket.archivedAt === null ? null : { change: { archivedAt: null }, event: { type: 'restored' } },
    );
  }

  /** Every command on a ticket but its moves: lock, decide on what is there now, write one new version and its event. */
  private async changeTicket(
    id: string,
    { caller, precondition, receipt }: TicketCommand,
    decide: (ticket: Ticket) => Decision,
  ): Promise<Ticket> {
    const change = (): Promise<Ticket> =>
      inTransaction(this.dataSource, async (manager) => {
        const ticket = await lockTicket(manager, id, caller);
        await claimKey(manager, receipt);
        const stale = stalenessOf(ticket, precondition);
        if (stale !== undefined) throw stale;
        const decision = decide(ticket);
        if (decision !== null) {
          await writeChange(manager, ticket, decision.change);
          await this.recordEvent(manager, ticket, { ...decision.event, caller });
        }
        await keepAnswer(manager, receipt, ticket);
        return ticket;
      });
    try {
      return await this.inTurn(`${id} ${caller.projectId}`, change);
    } catch (error) {
      throw await this.explainer.explain(error);
    }
  }

  private async recordEvent(manager: EntityManager, ticket: Ticket, event: CommandEvent): Promise<void> {
    await insertEvent(manager, ticket, event);
    afterCommit(manager, this.committed.signal);
  }

  /** Commands on one ticket come one after the other: where somebody else holds it, one connection waits, and not all. */
  private async inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const turn = this.turns.get(name) ?? new Semaphore(1, TURNS.waiting, TURNS.patience);
    this.turns.set(name, turn);
    try {
      return await turn.run(work);
    } finally {
      if (turn.isEmpty && this.turns.get(name) === turn) this.turns.delete(name);
    }
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

/** NO KEY UPDATE: foreign-key checks of others go on while a ticket is locked. Nobody waits for what he does not see. */
async function lockTicket(manager: EntityManager, id: string, caller: Caller): Promise<Ticket> {
  const where = { id, ...(caller.projectId === null ? {} : { projectId: caller.projectId }) };
  const ticket = await manager.findOne(Ticket, { where, lock: { mode: 'for_no_key_update' } });
  if (ticket === null) throw ticketNotFound(id);
  return ticket;
}

/** Brings the ticket up to what the database has made of it: an UPDATE does so only for entities in its WHERE. */
async function writeChange(manager: EntityManager, ticket: Ticket, change: TicketChange): Promise<void> {
  await manager
    .createQueryBuilder()
    .update(Ticket)
    .set({ ...change, version: () => 'version + 1', updatedAt: () => 'greatest(clock_timestamp(), updated_at)' })
    .whereEntity(ticket)
    .returning('*')
    .execute();
}
