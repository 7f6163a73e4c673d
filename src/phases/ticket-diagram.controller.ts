import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentCaller } from '../access/current-caller';
import type { Caller } from '../access/caller';
import { RequiresRole } from '../access/requires-role';
import { ApiProblems, TICKET_ID } from '../http/openapi/api-documentation';
import { IdPipe, QueryPipe } from '../http/validation/request-pipes';
import { DIAGRAM_ANSWER, diagramHeaders, DiagramQueryDto } from '../workflows/diagram/diagram.dto';
import { DiagramService } from '../workflows/diagram/diagram.service';
import { WorkflowService } from '../workflows/workflow.service';
import { WalkService } from './walk.service';

@ApiTags('Phases')
@Controller('tickets')
export class TicketDiagramController {
  constructor(
    private readonly walks: WalkService,
    private readonly workflows: WorkflowService,
    private readonly diagrams: DiagramService,
  ) {}

  @Get(':id/diagram')
  @RequiresRole('viewer')
  @ApiOperation({
    summary: 'Draw the way of a ticket',
    description: 'Its workflow, with the path that it walked, how often it came by, and where it is.',
  })
  @ApiParam(TICKET_ID)
  @ApiOkResponse(DIAGRAM_ANSWER)
  @ApiProblems('ticket_not_found')
  async getTicketDiagram(
    @Param('id', IdPipe) id: string,
    @Query(new QueryPipe(DiagramQueryDto)) { format = 'svg' }: DiagramQueryDto,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const { graphId, walk } = await this.walks.getWalk(id, caller);
    const diagram = await this.diagrams.draw(await this.workflows.getDefinition(graphId), format, walk);
    reply.headers(diagramHeaders(format));
    return diagram;
  }
}
