import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Asker } from '../auth/asker';
import type { Caller } from '../auth/caller';
import { RequiresRole } from '../auth/requires-role';
import { ApiProblems, LINK_HEADER, TICKET_ID } from '../http/api-documentation';
import { linkNext } from '../http/cursor';
import { OrderedPageDto } from '../http/page.dto';
import { IdPipe, QueryPipe } from '../http/request-pipes';
import { toVisitDto, VisitDto } from './visit.dto';
import { VisitService } from './visit.service';

@ApiTags('Phases')
@Controller('tickets')
export class VisitController {
  constructor(private readonly visits: VisitService) {}

  @Get(':id/phase-history/spans')
  @RequiresRole('viewer')
  @ApiOperation({
    summary: 'See how long a ticket was where',
    description: 'One span for every visit of a phase, the first from the creation of the ticket.',
  })
  @ApiParam(TICKET_ID)
  @ApiOkResponse({ type: [VisitDto], description: 'A page of visits.', headers: LINK_HEADER })
  @ApiProblems('ticket_not_found')
  async getSpans(
    @Param('id', IdPipe) id: string,
    @Query(new QueryPipe(OrderedPageDto)) { order = 'asc', limit = 200, cursor }: OrderedPageDto,
    @Asker() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<VisitDto[]> {
    const page = await this.visits.listVisits(id, order, { limit, cursor }, caller);
    linkNext(reply, request.url, page);
    return page.items.map(toVisitDto);
  }
}
