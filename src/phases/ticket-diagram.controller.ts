import { Param } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../access/caller';
import { CurrentCaller } from '../access/current-caller';
import { Endpoint, Endpoints, idParam } from '../http/openapi/endpoint';
import { Reply } from '../http/server/reply';
import { IdPipe, ValidQuery } from '../http/validation/request-pipes';
import { DIAGRAM_ANSWER, diagramHeaders, DiagramQueryDto } from '../workflows/diagram/diagram.dto';
import { DiagramService } from '../workflows/diagram/diagram.service';
import { WorkflowService } from '../workflows/workflow.service';
import { WalkService } from './walk.service';

@Endpoints('Phases')
export class TicketDiagramController {
  constructor(
    private readonly walks: WalkService,
    private readonly workflows: WorkflowService,
    private readonly diagrams: DiagramService,
  ) {}

  @Endpoint({
    method: 'GET',
    path: 'tickets/:id/diagram',
    role: 'viewer',
    summary: 'Draw the path of a ticket',
    description: 'Returns the workflow of the ticket with the path taken, the number of visits, and the current phase.',
    params: [idParam('ticket')],
    returns: DIAGRAM_ANSWER,
    problems: ['ticket_not_found'],
  })
  async getTicketDiagram(
    @Param('id', IdPipe) id: string,
    @ValidQuery() { format = 'svg' }: DiagramQueryDto,
    @CurrentCaller() caller: Caller,
    @Reply() reply: FastifyReply,
  ): Promise<string> {
    const { graphId, walk } = await this.walks.getWalk(id, caller);
    const diagram = await this.diagrams.draw(await this.workflows.getDefinition(graphId), format, walk);
    reply.headers(diagramHeaders(format));
    return diagram;
  }
}
