import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentCaller } from '../access/current-caller';
import type { Caller } from '../access/caller';
import { RequiresRole } from '../access/requires-role';
import {
  ApiProblems,
  BODY_PROBLEMS,
  ETAG_HEADER,
  IDEMPOTENCY_KEY,
  IDEMPOTENCY_PROBLEMS,
  IF_MATCH,
  LINK_HEADER,
  TICKET_ID,
} from '../http/openapi/api-documentation';
import { linkNext } from '../http/server/link-header';
import { etagOf } from '../http/server/etag';
import { OrderedPageDto } from '../http/validation/page.dto';
import { BodyPipe, IdPipe, QueryPipe } from '../http/validation/request-pipes';
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

@ApiTags('Phases')
@Controller()
export class PhaseController {
  constructor(
    private readonly phases: PhaseService,
    private readonly presenter: TicketPresenter,
    private readonly workflows: WorkflowService,
    private readonly idempotency: IdempotencyService,
  ) {}

  @Post('tickets/:id/transition')
  @RequiresRole('worker')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Move a ticket to another phase',
    description: 'The move and its history row are committed together, before the answer.',
  })
  @ApiParam(TICKET_ID)
  @ApiHeader(IF_MATCH)
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiBody({ type: TransitionRequestDto })
  @ApiOkResponse({ type: TransitionedTicketDto, description: 'The ticket after the move.', headers: ETAG_HEADER })
  @ApiProblems(
    'illegal_transition',
    'guard_failed',
    'ticket_not_found',
    'ticket_archived',
    'version_conflict',
    'precondition_failed',
    'outcome_unknown',
    ...IDEMPOTENCY_PROBLEMS,
    ...BODY_PROBLEMS,
  )
  transitionTicket(
    @Param('id', IdPipe) id: string,
    @Body(new BodyPipe(TransitionRequestDto)) body: TransitionRequestDto,
    @CurrentCommand() command: Command,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object | undefined> {
    const request = moveRequestOf(id, body, command);
    const move = (receipt?: Receipt<CommittedMove>) => this.phases.move({ ...request, receipt });
    return this.idempotency.answer(reply, command.claim, move, async ({ ticket, transition }, within) => ({
      status: 200,
      headers: { etag: etagOf(ticket.version) },
      body: { ...(await this.presenter.present(ticket, within)), transition: toPhaseHistoryDto(transition) },
    }));
  }

  @Get('tickets/:id/phase-history')
  @RequiresRole('viewer')
  @ApiOperation({ summary: 'See how a ticket moved', description: 'Ordered by sequence, never by time.' })
  @ApiParam(TICKET_ID)
  @ApiOkResponse({ type: [PhaseHistoryDto], description: 'A page of moves.', headers: LINK_HEADER })
  @ApiProblems('ticket_not_found')
  async getPhaseHistory(
    @Param('id', IdPipe) id: string,
    @Query(new QueryPipe(OrderedPageDto)) { order = 'asc', limit = 200, cursor }: OrderedPageDto,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PhaseHistoryDto[]> {
    const page = await this.phases.listPhaseHistory(id, order, { limit, cursor }, caller);
    linkNext(reply, request.url, page);
    return page.items.map(toPhaseHistoryDto);
  }

  @Get('tickets/:id/valid-transitions')
  @RequiresRole('viewer')
  @ApiOperation({ summary: 'See where a ticket may go', description: 'Judged as a real move would be.' })
  @ApiParam(TICKET_ID)
  @ApiOkResponse({ type: ValidTransitionsDto, description: 'Every edge from here, and what stands in its way.' })
  @ApiProblems('ticket_not_found')
  async getValidTransitions(
    @Param('id', IdPipe) id: string,
    @CurrentCaller() caller: Caller,
  ): Promise<ValidTransitionsDto> {
    const { ticket, options } = await this.phases.getTransitionOptions(id, caller);
    return toValidTransitionsDto(ticket, options);
  }

  @Get('phases')
  @RequiresRole('viewer')
  @ApiOperation({
    summary: 'See the phases of a workflow',
    description: 'Of the built-in one, where none is named; in its newest version, where no version is.',
  })
  @ApiOkResponse({ type: PhasesDto, description: 'Its phases and every legal move between them.' })
  @ApiProblems('workflow_not_found')
  async getPhases(
    @Query(new QueryPipe(PhasesQueryDto)) { workflow, version }: PhasesQueryDto,
    @CurrentCaller() { projectId }: Caller,
  ): Promise<PhasesDto> {
    const { graph } = await this.workflows.workflowFor(projectId, workflow, version);
    return toPhasesDto(graph);
  }
}
