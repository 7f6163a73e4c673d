import { Param } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type Caller, CurrentCaller } from '../access/caller';
import { Endpoint, Endpoints, idParam } from '../http/openapi/endpoint';
import { Reply, sendPage } from '../http/server/reply';
import { OrderedPageDto } from '../http/validation/page.dto';
import { IdPipe, ValidQuery } from '../http/validation/request-pipes';
import { TicketEventDto } from '../tickets/ticket-event.dto';
import { TicketService } from '../tickets/ticket.service';
import { TicketEventService } from './ticket-event.service';

@Endpoints('Tickets')
export class TicketEventController {
  constructor(
    private readonly tickets: TicketService,
    private readonly events: TicketEventService,
  ) {}

  @Endpoint({
    method: 'GET',
    path: 'tickets/:id/events',
    role: 'viewer',
    summary: 'List the events of a ticket',
    description: 'One event per version, in the order of versions.',
    params: [idParam('ticket')],
    returns: { type: [TicketEventDto], description: 'A page of events.' },
    problems: ['ticket_not_found'],
  })
  async getTicketEvents(
    @Param('id', IdPipe) id: string,
    @ValidQuery() { order = 'asc', limit = 200, cursor }: OrderedPageDto,
    @CurrentCaller() caller: Caller,
    @Reply() reply: FastifyReply,
  ): Promise<string> {
    const ticket = await this.tickets.getTicket(id, caller);
    const page = await this.events.listEvents(ticket, order, { limit, cursor });
    return sendPage(reply, page, (event) => event);
  }
}
