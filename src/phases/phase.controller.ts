import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequiresRole } from '../auth/requires-role';
import { ApiProblems, BODY_PROBLEMS, ETAG_HEADER, LINK_HEADER, TICKET_ID } from '../http/api-documentation';
import { nextLink } from '../http/cursor';
import { setETag } from '../http/etag';
import { BodyPipe, IdPipe, QueryPipe } from '../http/request-pipes';
import { Phase, PHASE_SEQUENCE } from '../machine/phase';
import { TicketPresenter } from '../tickets/ticket-presenter';
import {
  HistoryQueryDto,
  PhaseHistoryDto,
  PhasesDto,
  toPhaseHistoryDto,
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
  ) {}

  @Post('tickets/:id/transition')
  @RequiresRole('worker')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Move a ticket to another phase',
    description: 'The move and its history row are committed together, before the answer.',
  })
  @ApiParam(TICKET_ID)
  @ApiBody({ type: TransitionRequestDto })
  @ApiOkResponse({ type: TransitionedTicketDto, description: 'The ticket after the move.', headers: ETAG_HEADER })
  @ApiProblems('illegal_transition', 'ticket_not_found', 'ticket_archived', 'outcome_unknown', ...BODY_PROBLEMS)
  async transitionTicket(
    @Param('id', IdPipe) id: string,
    @Body(new BodyPipe(TransitionRequestDto)) body: TransitionRequestDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TransitionedTicketDto> {
    const { to_phase, reason, transitioned_by, artifacts } = body;
    const move = await this.phases.transitionTicket(id, to_phase, reason, transitioned_by, artifacts);
    setETag(reply, move.ticket.version);
    return { ...(await this.presenter.present(move.ticket)), transition: toPhaseHistoryDto(move.transition) };
  }

  @Get('tickets/:id/phase-history')
  @RequiresRole('viewer')
  @ApiOperation({ summary: 'See how a ticket moved', description: 'Ordered by sequence, never by time.' })
  @ApiParam(TICKET_ID)
  @ApiOkResponse({ type: [PhaseHistoryDto], description: 'A page of moves.', headers: LINK_HEADER })
  @ApiProblems('ticket_not_found')
  async getPhaseHistory(
    @Param('id', IdPipe) id: string,
    @Query(new QueryPipe(HistoryQueryDto)) { order = 'asc', limit = 200, cursor }: HistoryQueryDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PhaseHistoryDto[]> {
    const page = await this.phases.listPhaseHistory(id, order, { limit, cursor });
    if (page.nextCursor !== undefined) reply.header('link', nextLink(request.url, page.nextCursor));
    return page.items.map(toPhaseHistoryDto);
  }

  @Get('tickets/:id/valid-transitions')
  @RequiresRole('viewer')
  @ApiOperation({ summary: 'See where a ticket may go', description: 'Judged as a real move would be.' })
  @ApiParam(TICKET_ID)
  @ApiOkResponse({ type: ValidTransitionsDto, description: 'Every edge from here, and what stands in its way.' })
  @ApiProblems('ticket_not_found')
  async getValidTransitions(@Param('id', IdPipe) id: string): Promise<ValidTransitionsDto> {
    const { ticket, options } = await this.phases.getTransitionOptions(id);
    return toValidTransitionsDto(ticket, options);
  }

  @Get('phases')
  @RequiresRole('viewer')
  @ApiOperation({ summary: 'See the built-in workflow' })
  @ApiOkResponse({ type: PhasesDto, description: 'Its phases and every legal move between them.' })
  @ApiProblems()
  getPhases(): PhasesDto {
    const phases = Object.values(Phase).map((id) => {
      const transitions = this.phases.getValidTransitions(id);
      return { id, terminal: transitions.length === 0, transitions };
    });
    return { sequence: PHASE_SEQUENCE, phases };
  }
}
