import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentCaller } from '../access/current-caller';
import type { Caller } from '../access/caller';
import { RequiresRole } from '../access/requires-role';
import { ApiProblems, LINK_HEADER, TICKET_ID } from '../http/openapi/api-documentation';
import { linkNext } from '../http/server/link-header';
import { OrderedPageDto } from '../http/validation/page.dto';
import { IdPipe, QueryPipe } from '../http/validation/request-pipes';
import { TicketEventDto, toTicketEventDto } from './ticket-event.dto';
import { TicketEventService } from './ticket-event.service';
import { TicketService } from './ticket.service';

@ApiTags('Tickets')
@Controller('tickets')
export class TicketEventController {
  constructor(
    private readonly tickets: TicketService,
    private readonly events: TicketEventService,
  ) {}

  @Get(':id/events')
  @RequiresRole('viewer')
  @ApiOperation({ summary: 'See who changed a ticket', description: 'One event for every version, in that order.' })
  @ApiParam(TICKET_ID)
  @ApiOkResponse({ type: [TicketEventDto], description: 'A page of events.', headers: LINK_HEADER })
  @ApiProblems('ticket_not_found')
  async getTicketEvents(
    @Param('id', IdPipe) id: string,
    @Query(new QueryPipe(OrderedPageDto)) { order = 'asc', limit = 200, cursor }: OrderedPageDto,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TicketEventDto[]> {
    await this.tickets.getTicket(id, caller);
    const page = await this.events.listEvents(id, order, { limit, cursor });
    linkNext(reply, request.url, page);
    return page.items.map(toTicketEventDto);
  }
}
