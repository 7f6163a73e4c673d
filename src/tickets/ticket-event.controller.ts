import { Param } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../access/caller';
import { CurrentCaller } from '../access/current-caller';
import { Endpoint, Endpoints, idParam } from '../http/openapi/endpoint';
import { linkNext, Reply } from '../http/server/reply';
import { OrderedPageDto } from '../http/validation/page.dto';
import { IdPipe, ValidQuery } from '../http/validation/request-pipes';
import { TicketEventDto, toTicketEventDto } from './ticket-event.dto';
import { TicketEventService } from './ticket-event.service';
import { TicketService } from './ticket.service';

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
    description: 'Returns one event for every version of the ticket, in order.',
    params: [idParam('ticket')],
    returns: { type: [TicketEventDto], description: 'A page of events.' },
    problems: ['ticket_not_found'],
  })
  async getTicketEvents(
    @Param('id', IdPipe) id: string,
    @ValidQuery() { order = 'asc', limit = 200, cursor }: OrderedPageDto,
    @CurrentCaller() caller: Caller,
    @Reply() reply: FastifyReply,
  ): Promise<TicketEventDto[]> {
    await this.tickets.getTicket(id, caller);
    const page = await this.events.listEvents(id, order, { limit, cursor });
    return linkNext(reply, page).map(toTicketEventDto);
  }
}
