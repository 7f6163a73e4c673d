import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Caller } from '../access/caller';
import { MAX_INTEGER } from '../database/storable';
import { decodeCursor, isCount, pageOf, type Page, type PageOrder, type PageRequest } from '../database/keyset-page';
import { TicketService } from '../tickets/ticket.service';
import { PathTaken, type CountedTransition } from '../workflows/diagram/path-taken';

/** One stay of a ticket in a phase. */
export interface Visit {
  readonly phase: string;
  /** 1 for the first visit of this phase by the ticket, 2 for the second, and so on. */
  readonly nth: number;
  /** The sequence of the transition that began it; 0: the ticket was created in the phase. */
  readonly sequence: number;
  readonly enteredAt: Date;
  readonly enteredBy: string;
  /** Null for the current visit. */
  readonly leftAt: Date | null;
  /** The duration; of the current visit, so far. */
  readonly seconds: number;
}

/** The first visit begins with the creation; every transition ends a visit and begins the next. */
const VISITS = `
  SELECT phase, sequence, entered_at AS "enteredAt", entered_by AS "enteredBy",
         row_number() OVER (PARTITION BY phase ORDER BY sequence)::integer AS nth,
         lead(entered_at) OVER (ORDER BY sequence) AS "leftAt",
         date_part('epoch', coalesce(lead(entered_at) OVER (ORDER BY sequence),
           greatest(clock_timestamp()::timestamptz(3), entered_at)) - entered_at) AS seconds
    FROM (SELECT 0 AS sequence, initial_phase_id AS phase, ticket.created_at AS entered_at, coalesce(actor, 'system') AS entered_by
            FROM tickets AS ticket LEFT JOIN ticket_events AS event ON event.ticket_id = ticket.id AND event.version = 1
            WHERE id = $1
          UNION ALL
          SELECT sequence, to_phase, created_at, transitioned_by FROM phase_history WHERE ticket_id = $1) AS beginning`;

/** The visits of tickets and the paths that they took. */
@Injectable()
export class VisitService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly tickets: TicketService,
  ) {}

  /**
   * Returns a page of the visits of a ticket, by sequence. Every ticket has at least one.
   *
   * @throws DomainError `ticket_not_found`
   */
  async listVisits(ticketId: string, order: PageOrder, page: PageRequest, caller: Caller): Promise<Page<Visit>> {
    await this.tickets.getTicket(ticketId, caller);
    const [after] = page.cursor === undefined ? [] : decodeCursor(page.cursor, order, [isCount]);
    const [beyond, first] = order === 'asc' ? ['>', -1] : ['<', MAX_INTEGER];
    const rows = await this.dataSource.query<Visit[]>(
      `SELECT * FROM (${VISITS}) AS visited WHERE sequence ${beyond} $2 ORDER BY sequence ${order} LIMIT $3`,
      [ticketId, after ?? first, page.limit + 1],
    );
    return pageOf(rows, page.limit, order, ({ sequence }) => [sequence]);
  }
  /**
   * Returns the path that a ticket took, and the workflow version (`graphId`) under which it moves now.
   *
   * @throws DomainError `ticket_not_found`
   */
  async getPathTaken(ticketId: string, caller: Caller): Promise<{ graphId: number; path: PathTaken }> {
    const { graphId, initialPhaseId, phaseId } = await this.tickets.getTicket(ticketId, caller);
    const transitions = await this.dataSource.query<CountedTransition[]>(
      `SELECT from_phase AS "from", to_phase AS "to", count(*)::integer AS count
         FROM phase_history WHERE ticket_id = $1 GROUP BY from_phase, to_phase ORDER BY min(sequence)`,
      [ticketId],
    );
    return { graphId, path: new PathTaken(initialPhaseId, phaseId, transitions) };
  }
}
