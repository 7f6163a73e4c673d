import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Caller } from '../access/caller';
import { TicketService } from '../tickets/ticket.service';
import { walkOf, type Walk, type WalkedMove } from '../workflows/diagram/walk';

/** What a ticket did, and under which workflow it moves now. */
export interface WalkedTicket {
  readonly graphId: number;
  readonly walk: Walk;
}

/** Which ways tickets went. */
@Injectable()
export class WalkService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly tickets: TicketService,
  ) {}

  /** @throws DomainError `ticket_not_found` */
  async getWalk(ticketId: string, caller: Caller): Promise<WalkedTicket> {
    const { graphId, initialPhaseId, phaseId } = await this.tickets.getTicket(ticketId, caller);
    const moves = await this.dataSource.query<WalkedMove[]>(
      `SELECT from_phase AS "from", to_phase AS "to", count(*)::integer AS count
         FROM phase_history WHERE ticket_id = $1 GROUP BY from_phase, to_phase ORDER BY min(sequence)`,
      [ticketId],
    );
    return { graphId, walk: walkOf(initialPhaseId, phaseId, moves) };
  }
}
