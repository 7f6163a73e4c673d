import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { decodeCursor, isUuid, pageOf, type Page, type PageRequest } from '../database/keyset-page';
import { BUDGETS } from '../http/server/limits';
import { selectTickets, type TicketFilter } from './ticket-list.statements';
import type { SortOrder } from './ticket.dto';
import { Ticket } from './ticket.entity';

/** Milliseconds that PostgreSQL (from 4714 BC) and a JavaScript date (ECMA-262 §21.4.1.1) can both hold. */
const TIMES = { first: Date.UTC(-4713, 10, 24), last: 8.64e15 } as const;

/** Lists of tickets, page by page. Pages go on behind a row, never after a number of rows, so none costs more than the first. */
@Injectable()
export class TicketListService {
  constructor(@InjectRepository(Ticket) private readonly tickets: Repository<Ticket>) {}

  /** Tickets that fit the filter; those of equal time in the order of their ids. */
  async listTickets(filter: TicketFilter, sort: SortOrder, { limit, cursor }: PageRequest): Promise<Page<Ticket>> {
    const column = sort.endsWith('created_at') ? 'createdAt' : 'updatedAt';
    const range = { sort, after: cursor === undefined ? undefined : keyOf(cursor, sort), rows: limit + 1 };
    const { text, values } = selectTickets(this.tickets.metadata, filter, { ...range, bytes: BUDGETS.page });
    const tickets = await this.tickets.query<Ticket[]>(text, values);
    return pageOf(tickets, limit, sort, (ticket) => [ticket[column].getTime(), ticket.id]);
  }
}

function keyOf(cursor: string, sort: SortOrder): { at: Date; id: string } {
  const [at, id] = decodeCursor(cursor, sort, [isTime, isUuid]);
  return { at: new Date(Number(at)), id: String(id) };
}

function isTime(part: unknown): boolean {
  return Number.isInteger(part) && (part as number) >= TIMES.first && (part as number) <= TIMES.last;
}
