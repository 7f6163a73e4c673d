import { Param } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../access/caller';
import { CurrentCaller } from '../access/current-caller';
import { Endpoint, Endpoints, idParam } from '../http/openapi/endpoint';
import { linkNext, Reply } from '../http/server/reply';
import { OrderedPageDto } from '../http/validation/page.dto';
import { IdPipe, ValidQuery } from '../http/validation/request-pipes';
import { toVisitDto, VisitDto } from './visit.dto';
import { VisitService } from './visit.service';

@Endpoints('Phases')
export class VisitController {
  constructor(private readonly visits: VisitService) {}

  @Endpoint({
    method: 'GET',
    path: 'tickets/:id/phase-history/visits',
    role: 'viewer',
    summary: 'List the visits of a ticket',
    description: 'Returns one visit for every stay of the ticket in a phase, starting with its creation.',
    params: [idParam('ticket')],
    returns: { type: [VisitDto], description: 'A page of visits.' },
    problems: ['ticket_not_found'],
  })
  async listVisits(
    @Param('id', IdPipe) id: string,
    @ValidQuery() { order = 'asc', limit = 200, cursor }: OrderedPageDto,
    @CurrentCaller() caller: Caller,
    @Reply() reply: FastifyReply,
  ): Promise<VisitDto[]> {
    const page = await this.visits.listVisits(id, order, { limit, cursor }, caller);
    return linkNext(reply, page).map(toVisitDto);
  }
}
