import { Param } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type Caller, CurrentCaller } from '../access/caller';
import { Endpoint, Endpoints, idParam } from '../http/openapi/endpoint';
import { Reply, sendPage } from '../http/server/reply';
import { OrderedPageDto } from '../http/validation/page.dto';
import { IdPipe, ValidQuery } from '../http/validation/request-pipes';
import { DIAGRAM_ANSWER, diagramHeaders, DiagramQueryDto } from '../workflows/diagram/diagram.dto';
import { DiagramService } from '../workflows/diagram/diagram.service';
import { WorkflowService } from '../workflows/workflow.service';
import {
  PhaseHistoryDto,
  PhasesDto,
  PhasesQueryDto,
  toPhaseHistoryDto,
  toPhasesDto,
  toValidTransitionsDto,
  ValidTransitionsDto,
} from './phase.dto';
import { PhaseService } from './phase.service';
import { toVisitDto, VisitDto } from './visit.dto';
import { VisitService } from './visit.service';

/** Reads phases: history, visits, allowed transitions, diagrams. */
@Endpoints('Phases')
export class PhaseController {
  constructor(
    private readonly phases: PhaseService,
    private readonly visits: VisitService,
    private readonly workflows: WorkflowService,
    private readonly diagrams: DiagramService,
  ) {}

  @Endpoint({
    method: 'GET',
    path: 'tickets/:id/phase-history',
    role: 'viewer',
    summary: 'List the transitions of a ticket',
    description: 'Returns the history of the ticket, ordered by `sequence`.',
    params: [idParam('ticket')],
    returns: { type: [PhaseHistoryDto], description: 'A page of transitions.' },
    problems: ['ticket_not_found'],
  })
  async getPhaseHistory(
    @Param('id', IdPipe) id: string,
    @ValidQuery() { order = 'asc', limit = 200, cursor }: OrderedPageDto,
    @CurrentCaller() caller: Caller,
    @Reply() reply: FastifyReply,
  ): Promise<string> {
    const page = await this.phases.listPhaseHistory(id, order, { limit, cursor }, caller);
    return sendPage(reply, page, toPhaseHistoryDto);
  }

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
  ): Promise<string> {
    const page = await this.visits.listVisits(id, order, { limit, cursor }, caller);
    return sendPage(reply, page, toVisitDto);
  }

  @Endpoint({
    method: 'GET',
    path: 'tickets/:id/valid-transitions',
    role: 'viewer',
    summary: 'Get the valid transitions',
    description:
      'Returns every transition from the current phase and, for those that are not allowed now, the reasons. The server ' +
      'applies the same rules when a transition is requested.',
    params: [idParam('ticket')],
    returns: { type: ValidTransitionsDto, description: 'The transitions from the current phase.' },
    problems: ['ticket_not_found', 'workflow_unusable'],
  })
  async getValidTransitions(
    @Param('id', IdPipe) id: string,
    @CurrentCaller() caller: Caller,
  ): Promise<ValidTransitionsDto> {
    const { ticket, options } = await this.phases.getTransitionOptions(id, caller);
    return toValidTransitionsDto(ticket, options);
  }

  @Endpoint({
    method: 'GET',
    path: 'tickets/:id/diagram',
    role: 'viewer',
    summary: 'Draw the path of a ticket',
    description: 'Returns the workflow of the ticket with the path taken, the number of visits, and the current phase.',
    params: [idParam('ticket')],
    returns: DIAGRAM_ANSWER,
    problems: ['ticket_not_found', 'workflow_unusable', 'diagram_too_large'],
  })
  async getTicketDiagram(
    @Param('id', IdPipe) id: string,
    @ValidQuery() { format = 'svg' }: DiagramQueryDto,
    @CurrentCaller() caller: Caller,
    @Reply() reply: FastifyReply,
  ): Promise<string> {
    const { graphId, path } = await this.visits.getPathTaken(id, caller);
    const diagram = await this.diagrams.draw(await this.workflows.getDefinition(graphId), format, path);
    reply.headers(diagramHeaders(format));
    return diagram;
  }

  @Endpoint({
    method: 'GET',
    path: 'phases',
    role: 'viewer',
    summary: 'Get the phases of a workflow',
    description: 'Returns the phases of the workflow and the transitions between them.',
    returns: { type: PhasesDto, description: 'The phases and their transitions.' },
    problems: ['workflow_not_found', 'workflow_unusable'],
  })
  async getPhases(
    @ValidQuery() { workflow, version }: PhasesQueryDto,
    @CurrentCaller() { projectId }: Caller,
  ): Promise<PhasesDto> {
    const { graph } = await this.workflows.workflowFor(projectId, workflow, version);
    return toPhasesDto(graph);
  }
}
