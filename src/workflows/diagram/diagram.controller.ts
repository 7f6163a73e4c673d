import { Param } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type Caller, CurrentCaller } from '../../access/caller';
import { Endpoint, Endpoints } from '../../http/openapi/endpoint';
import { Reply } from '../../http/server/reply';
import { ValidQuery } from '../../http/validation/request-pipes';
import { KeyPipe, WORKFLOW_KEY } from '../workflow-path';
import { WorkflowService } from '../workflow.service';
import { DIAGRAM_ANSWER, diagramHeaders, WorkflowDiagramQueryDto } from './diagram.dto';
import { DiagramService } from './diagram.service';

@Endpoints('Workflows')
export class DiagramController {
  constructor(
    private readonly workflows: WorkflowService,
    private readonly diagrams: DiagramService,
  ) {}

  @Endpoint({
    method: 'GET',
    path: 'workflows/:key/diagram',
    role: 'viewer',
    summary: 'Draw a workflow',
    description: 'Returns the phases by category and the transitions by kind, for light and dark pages.',
    params: [WORKFLOW_KEY],
    returns: DIAGRAM_ANSWER,
    problems: ['workflow_not_found', 'diagram_too_large'],
  })
  async getWorkflowDiagram(
    @Param('key', KeyPipe) key: string,
    @ValidQuery() { format = 'svg', version }: WorkflowDiagramQueryDto,
    @CurrentCaller() caller: Caller,
    @Reply() reply: FastifyReply,
  ): Promise<string> {
    const { definition } = await this.workflows.getWorkflow(key, version, caller);
    const diagram = await this.diagrams.draw(definition, format);
    reply.headers(diagramHeaders(format));
    return diagram;
  }
}
