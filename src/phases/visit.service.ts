import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Caller } from '../access/caller';
import { Semaphore } from '../database/semaphore';
import { decodeCursor, isCount, pageOf, type Page, type PageOrder, type PageRequest } from '../database/keyset-page';
import { TicketService } from '../tickets/ticket.service';
import { transitionKey } from '../workflows/diagram/diagram-edges';
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

/**
 * The visits of `$1` whose sequences are `$2` to `$3`, and the beginning of the one that follows. The first visit begins with
 * the creation; every transition ends a visit and begins the next. Sequences have no gaps.
 */
const VISITS = `
  WITH beginnings AS MATERIALIZED (
    SELECT 0 AS sequence, initial_phase_id AS phase, ticket.created_at AS entered_at, coalesce(actor, 'system') AS entered_by
      FROM tickets AS ticket LEFT JOIN ticket_events AS event ON event.ticket_id = ticket.id AND event.version = 1
      WHERE id = $1 AND $2 = 0
    UNION ALL
    SELECT sequence, to_phase, created_at, transitioned_by FROM phase_history
      WHERE ticket_id = $1 AND sequence BETWEEN $2 AND $3 + 1
  ), earlier AS (
    SELECT phase, sum(visits) AS visits FROM (
      SELECT initial_phase_id AS phase, 1 AS visits FROM tickets WHERE id = $1 AND $2 > 0
      UNION ALL
      SELECT to_phase, count(*) FROM phase_history WHERE ticket_id = $1 AND sequence < $2 GROUP BY to_phase) AS counted
      GROUP BY phase
  )
  SELECT * FROM (
    SELECT phase, sequence, entered_at AS "enteredAt", entered_by AS "enteredBy",
           (coalesce(visits, 0) + row_number() OVER (PARTITION BY phase ORDER BY sequence))::integer AS nth,
           lead(entered_at) OVER (ORDER BY sequence) AS "leftAt",
           date_part('epoch', coalesce(lead(entered_at) OVER (ORDER BY sequence),
             greatest(clock_timestamp()::timestamptz(3), entered_at)) - entered_at) AS seconds
      FROM beginnings LEFT JOIN earlier USING (phase)) AS visited
    WHERE sequence <= $3`;

/** The first and the last sequence of a page of visits. */
interface VisitRange {
  readonly from: number;
  readonly to: number;
}

/** Transitions that one statement counts for a path. */
const COUNTED = 20_000;

/** Statements that count transitions at once: each reads many rows. */
const COUNTING = 2;

/** The visits of tickets and the paths that they took. */
@Injectable()
export class VisitService {
  private readonly counting = new Semaphore(COUNTING, 256, 2_000);

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
    const { transitionCount } = await this.tickets.getTicket(ticketId, caller);
    const [after] = page.cursor === undefined ? [] : decodeCursor(page.cursor, order, [isCount]);
    const { from, to } = rangeOf(order, after === undefined ? undefined : Number(after), page.limit, transitionCount);
    const rows = await this.counting.run(() =>
      this.dataSource.query<Visit[]>(`${VISITS} ORDER BY sequence ${order}`, [ticketId, from, to]),
    );
    const hasNext = order === 'asc' ? to < transitionCount : from > 0;
    return pageOf(rows, page.limit, order, ({ sequence }) => [sequence], hasNext);
  }

  /**
   * Returns the path that a ticket took, and the workflow version (`graphId`) under which it moves now.
   *
   * @throws DomainError `ticket_not_found`
   */
  async getPathTaken(ticketId: string, caller: Caller): Promise<{ graphId: number; path: PathTaken }> {
    const { graphId, initialPhaseId, phaseId, transitionCount } = await this.tickets.getTicket(ticketId, caller);
    const counted = new Map<string, CountedTransition>();
    for (let first = 1; first <= transitionCount; first += COUNTED) {
      for (const transition of await this.countTransitions(ticketId, first)) {
        const name = transitionKey(transition);
        const count = (counted.get(name)?.count ?? 0) + transition.count;
        counted.set(name, { ...transition, count });
      }
    }
    return { graphId, path: new PathTaken(initialPhaseId, phaseId, [...counted.values()]) };
  }

  private countTransitions(ticketId: string, first: number): Promise<CountedTransition[]> {
    return this.counting.run(() =>
      this.dataSource.query<CountedTransition[]>(
        `SELECT from_phase AS "from", to_phase AS "to", count(*)::integer AS count FROM phase_history
          WHERE ticket_id = $1 AND sequence BETWEEN $2 AND $3 GROUP BY from_phase, to_phase ORDER BY min(sequence)`,
        [ticketId, first, first + COUNTED - 1],
      ),
    );
  }
}

/**
 * Returns the sequences of a page.
 *
 * @param after the last sequence of the page before
 * @param last the sequence of the newest visit
 */
function rangeOf(order: PageOrder, after: number | undefined, limit: number, last: number): VisitRange {
  if (order === 'asc') {
    const from = after === undefined ? 0 : after + 1;
    return { from, to: Math.min(from + limit - 1, last) };
  }
  const to = Math.min(after === undefined ? last : after - 1, last);
  return { from: Math.max(0, to - limit + 1), to };
}
