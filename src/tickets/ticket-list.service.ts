import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository, SelectQueryBuilder } from 'typeorm';
import { decodeCursor, isUuid, pageOf, type Page, type PageRequest } from '../database/keyset-page';
import type { ArchivedFilter, SortOrder } from './ticket.dto';
import { Ticket, type Priority } from './ticket.entity';

export interface TicketFilter {
  projectId?: string;
  /** The versions of a workflow. */
  graphIds?: readonly number[];
  phase?: string;
  priority?: Priority;
  archived: ArchivedFilter;
}

const ARCHIVED: Readonly<Record<ArchivedFilter, string | undefined>> = {
  false: 'ticket.archivedAt IS NULL',
  true: 'ticket.archivedAt IS NOT NULL',
  all: undefined,
};

/** Milliseconds that PostgreSQL (from 4714 BC) and a JavaScript date (ECMA-262 §21.4.1.1) can both hold. */
const TIMES = { first: Date.UTC(-4713, 10, 24), last: 8.64e15 } as const;

/** Lists of tickets, page by page. Pages go on behind a row, never after a number of rows, so none costs more than the first. */
@Injectable()
export class TicketListService {
  constructor(@InjectRepository(Ticket) private readonly tickets: Repository<Ticket>) {}

  /** Tickets that fit the filter; those of equal time in the order of their ids. */
  async listTickets(filter: TicketFilter, sort: SortOrder, page: PageRequest): Promise<Page<Ticket>> {
    const query = this.tickets.createQueryBuilder('ticket');
    applyFilter(query, filter);
    const column = sort.endsWith('created_at') ? 'createdAt' : 'updatedAt';
    applyOrder(query, sort, column, page.cursor);
    const tickets = await query.limit(page.limit + 1).getMany();
    return pageOf(tickets, page.limit, sort, (ticket) => [ticket[column].getTime(), ticket.id]);
  }
}

function applyFilter(query: SelectQueryBuilder<Ticket>, filter: TicketFilter): void {
  const { projectId, graphIds, phase, priority, archived } = filter;
  if (projectId !== undefined) query.andWhere('ticket.projectId = :projectId', { projectId });
  if (graphIds !== undefined) query.andWhere('ticket.graphId = ANY (:graphIds)', { graphIds });
  if (phase !== undefined) query.andWhere('ticket.phaseId = :phase', { phase });
  if (priority !== undefined) query.andWhere('ticket.priority = :priority', { priority });
  const condition = ARCHIVED[archived];
  if (condition !== undefined) query.andWhere(condition);
}

function applyOrder(
  query: SelectQueryBuilder<Ticket>,
  sort: SortOrder,
  column: 'createdAt' | 'updatedAt',
  cursor: string | undefined,
): void {
  const descending = sort.startsWith('-');
  const direction = descending ? 'DESC' : 'ASC';
  query.orderBy(`ticket.${column}`, direction).addOrderBy('ticket.id', direction);
  if (cursor === undefined) return;
  const [at, id] = decodeCursor(cursor, sort, [isTime, isUuid]);
  query.andWhere(`(ticket.${column}, ticket.id) ${descending ? '<' : '>'} (:at, :id)`, {
    at: new Date(Number(at)),
    id,
  });
}

function isTime(part: unknown): boolean {
  return Number.isInteger(part) && (part as number) >= TIMES.first && (part as number) <= TIMES.last;
}
