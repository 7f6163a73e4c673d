import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentCaller } from '../../access/current-caller';
import type { Caller } from '../../access/caller';
import { RequiresRole } from '../../access/requires-role';
import { ApiProblems } from '../../http/openapi/api-documentation';
import { QueryPipe } from '../../http/validation/request-pipes';
import { KeyPipe, WORKFLOW_KEY } from '../workflow-path';
import { WorkflowService } from '../workflow.service';
import { DIAGRAM_ANSWER, diagramHeaders, WorkflowDiagramQueryDto } from './diagram.dto';
import { DiagramService } from './diagram.service';

@ApiTags('Workflows')
@Controller('workflows')
export class DiagramController {
  constructor(
    private readonly workflows: WorkflowService,
    private readonly diagrams: DiagramService,
  ) {}

  @Get(':key/diagram')
  @RequiresRole('viewer')
  @ApiOperation({
    summary: 'Draw a workflow',
    description: 'Its phases by category, and its moves by kind, for light and dark pages.',
  })
  @ApiParam(WORKFLOW_KEY)
  @ApiOkResponse(DIAGRAM_ANSWER)
  @ApiProblems('workflow_not_found')
  async getWorkflowDiagram(
    @Param('key', KeyPipe) key: string,
    @Query(new QueryPipe(WorkflowDiagramQueryDto)) { format = 'svg', version }: WorkflowDiagramQueryDto,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const { definition } = await this.workflows.getWorkflow(key, version, caller);
    const diagram = await this.diagrams.draw(definition, format);
    reply.headers(diagramHeaders(format));
    return diagram;
  }
}
