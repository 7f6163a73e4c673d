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
import { toVisitDto, VisitDto } from './visit.dto';
import { VisitService } from './visit.service';

@ApiTags('Phases')
@Controller('tickets')
export class VisitController {
  constructor(private readonly visits: VisitService) {}

  @Get(':id/phase-history/visits')
  @RequiresRole('viewer')
  @ApiOperation({
    summary: 'See how long a ticket was where',
    description: 'One span for every visit of a phase, the first from the creation of the ticket.',
  })
  @ApiParam(TICKET_ID)
  @ApiOkResponse({ type: [VisitDto], description: 'A page of visits.', headers: LINK_HEADER })
  @ApiProblems('ticket_not_found')
  async listVisits(
    @Param('id', IdPipe) id: string,
    @Query(new QueryPipe(OrderedPageDto)) { order = 'asc', limit = 200, cursor }: OrderedPageDto,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<VisitDto[]> {
    const page = await this.visits.listVisits(id, order, { limit, cursor }, caller);
    linkNext(reply, request.url, page);
    return page.items.map(toVisitDto);
  }
}
