import { Param } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../access/caller';
import { CurrentCaller } from '../access/current-caller';
import { Endpoint, Endpoints, idParam } from '../http/openapi/endpoint';
import { etagOf } from '../http/server/etag';
import { linkNext, Reply } from '../http/server/reply';
import { OrderedPageDto } from '../http/validation/page.dto';
import { IdPipe, ValidBody, ValidQuery } from '../http/validation/request-pipes';
import { IdempotencyService } from '../idempotency/idempotency.service';
import type { Receipt } from '../idempotency/receipt';
import { CurrentCommand, type Command } from '../tickets/command';
import { TicketPresenter } from '../tickets/ticket-presenter';
import { WorkflowService } from '../workflows/workflow.service';
import type { CommittedMove } from './move';
import { moveRequestOf } from './move-request';
import {
  PhaseHistoryDto,
  PhasesDto,
  PhasesQueryDto,
  toPhaseHistoryDto,
  toPhasesDto,
  toValidTransitionsDto,
  TransitionedTicketDto,
  TransitionRequestDto,
  ValidTransitionsDto,
} from './phase.dto';
import { PhaseService } from './phase.service';

@Endpoints('Phases')
export class PhaseController {
  constructor(
    private readonly phases: PhaseService,
    private readonly presenter: TicketPresenter,
    private readonly workflows: WorkflowService,
    private readonly idempotency: IdempotencyService,
  ) {}

  @Endpoint({
    method: 'POST',
    path: 'tickets/:id/transition',
    role: 'worker',
    summary: 'Move a ticket to another phase',
    description: 'Commits the transition together with its history row before the response is sent.',
    params: [idParam('ticket')],
    ifMatch: true,
    idempotent: true,
    returns: { type: TransitionedTicketDto, description: 'The ticket after the transition.', etag: true },
    problems: [
      'illegal_transition',
      'guard_failed',
      'ticket_not_found',
      'ticket_archived',
      'version_conflict',
      'precondition_failed',
    ],
  })
  transitionTicket(
    @Param('id', IdPipe) id: string,
    @ValidBody() body: TransitionRequestDto,
    @CurrentCommand() command: Command,
    @Reply() reply: FastifyReply,
  ): Promise<object | undefined> {
    const request = moveRequestOf(id, body, command);
    const move = (receipt?: Receipt<CommittedMove>) => this.phases.move({ ...request, receipt });
    return this.idempotency.answer(reply, command.claim, move, async ({ ticket, transition }, within) => ({
      status: 200,
      headers: { etag: etagOf(ticket.version) },
      body: { ...(await this.presenter.present(ticket, within)), transition: toPhaseHistoryDto(transition) },
    }));
  }

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
  ): Promise<PhaseHistoryDto[]> {
    const page = await this.phases.listPhaseHistory(id, order, { limit, cursor }, caller);
    return linkNext(reply, page).map(toPhaseHistoryDto);
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
    problems: ['ticket_not_found'],
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
    path: 'phases',
    role: 'viewer',
    summary: 'Get the phases of a workflow',
    description: 'Returns the phases of the workflow and the transitions between them.',
    returns: { type: PhasesDto, description: 'The phases and their transitions.' },
    problems: ['workflow_not_found'],
  })
  async getPhases(
    @ValidQuery() { workflow, version }: PhasesQueryDto,
    @CurrentCaller() { projectId }: Caller,
  ): Promise<PhasesDto> {
    const { graph } = await this.workflows.workflowFor(projectId, workflow, version);
    return toPhasesDto(graph);
  }
}
