import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequiresRole } from '../auth/requires-role';
import { ApiProblems, BODY_PROBLEMS, ETAG_HEADER, LINK_HEADER, TICKET_ID } from '../http/api-documentation';
import { nextLink } from '../http/cursor';
import { setETag } from '../http/etag';
import { BodyPipe, IdPipe, QueryPipe } from '../http/request-pipes';
import { DomainError } from '../problems/domain-error';
import { Phase } from '../machine/phase';
import { DEFAULT_PROJECT_KEY } from './project.entity';
import { ProjectService } from './project.service';
import { TicketListService } from './ticket-list.service';
import { TicketPresenter } from './ticket-presenter';
import { CreateTicketDto, EditTicketDto, ListTicketsDto, TicketDto } from './ticket.dto';
import { TicketService } from './ticket.service';

const LOCATION_HEADER = { Location: { description: 'Where the ticket is.', schema: { type: 'string' } } } as const;

const PHASE_FIELDS = new Set(['phase', 'phase_id', 'to_phase', 'previous_phase_id', 'initial_phase_id', 'status']);

/** There is one way to change a phase, and an edit that tries another is told which. */
const refusePhaseFields = {
  transform(body: unknown): unknown {
    const field = Object.keys(Object(body)).find((name) => PHASE_FIELDS.has(name));
    if (field === undefined) return body;
    const detail = `An edit cannot change ${field}. Use POST /api/v1/tickets/{id}/transition with to_phase.`;
    throw new DomainError('use_transition_endpoint', detail);
  },
};

@ApiTags('Tickets')
@Controller('tickets')
export class TicketController {
  constructor(
    private readonly tickets: TicketService,
    private readonly lists: TicketListService,
    private readonly projects: ProjectService,
    private readonly presenter: TicketPresenter,
  ) {}

  @Post()
  @RequiresRole('worker')
  @ApiOperation({ summary: 'Create a ticket' })
  @ApiBody({ type: CreateTicketDto })
  @ApiCreatedResponse({ type: TicketDto, description: 'The ticket.', headers: { ...ETAG_HEADER, ...LOCATION_HEADER } })
  @ApiProblems('project_not_found', 'outcome_unknown', ...BODY_PROBLEMS)
  async createTicket(
    @Body(new BodyPipe(CreateTicketDto)) body: CreateTicketDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TicketDto> {
    const { project = DEFAULT_PROJECT_KEY, phase_id: phaseId = Phase.BACKLOG, ...ticket } = body;
    const { id: projectId } = await this.projects.getProject(project);
    const created = await this.tickets.createTicket({ ...ticket, projectId, phaseId });
    reply.header('location', `/api/v1/tickets/${created.id}`);
    setETag(reply, created.version);
    return this.presenter.present(created);
  }

  @Get()
  @RequiresRole('viewer')
  @ApiOperation({ summary: 'List tickets', description: 'Page by page: follow the `Link` header.' })
  @ApiOkResponse({ type: [TicketDto], description: 'A page of tickets.', headers: LINK_HEADER })
  @ApiProblems('project_not_found')
  async listTickets(
    @Query(new QueryPipe(ListTicketsDto)) query: ListTicketsDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TicketDto[]> {
    const { project, archived = 'false', sort = '-created_at', limit = 50, cursor, ...filter } = query;
    const projectId = project === undefined ? undefined : (await this.projects.getProject(project)).id;
    const page = await this.lists.listTickets({ ...filter, projectId, archived }, sort, { limit, cursor });
    if (page.nextCursor !== undefined) reply.header('link', nextLink(request.url, page.nextCursor));
    return Promise.all(page.items.map((ticket) => this.presenter.present(ticket)));
  }

  @Get(':id')
  @RequiresRole('viewer')
  @ApiOperation({ summary: 'Get a ticket' })
  @ApiParam(TICKET_ID)
  @ApiOkResponse({ type: TicketDto, description: 'The ticket.', headers: ETAG_HEADER })
  @ApiProblems('ticket_not_found')
  async getTicket(
    @Param('id', IdPipe) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TicketDto> {
    const ticket = await this.tickets.getTicket(id);
    setETag(reply, ticket.version);
    return this.presenter.present(ticket);
  }

  @Patch(':id')
  @RequiresRole('worker')
  @ApiOperation({
    summary: 'Edit a ticket',
    description: 'Only what is sent changes; nothing changed makes no new version. Phases change through a transition.',
  })
  @ApiParam(TICKET_ID)
  @ApiBody({ type: EditTicketDto })
  @ApiOkResponse({ type: TicketDto, description: 'The ticket.', headers: ETAG_HEADER })
  @ApiProblems('use_transition_endpoint', 'ticket_not_found', 'ticket_archived', 'outcome_unknown', ...BODY_PROBLEMS)
  async editTicket(
    @Param('id', IdPipe) id: string,
    @Body(refusePhaseFields, new BodyPipe(EditTicketDto)) edits: EditTicketDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TicketDto> {
    const ticket = await this.tickets.editTicket(id, edits);
    setETag(reply, ticket.version);
    return this.presenter.present(ticket);
  }

  @Delete(':id')
  @RequiresRole('admin')
  @HttpCode(204)
  @ApiOperation({ summary: 'Archive a ticket', description: 'Nothing is lost; `restore` takes it back.' })
  @ApiParam(TICKET_ID)
  @ApiNoContentResponse({ description: 'It is archived, now or already.' })
  @ApiProblems('ticket_not_found', 'outcome_unknown', ...BODY_PROBLEMS)
  async archiveTicket(@Param('id', IdPipe) id: string): Promise<void> {
    await this.tickets.archiveTicket(id);
  }

  @Post(':id/restore')
  @RequiresRole('admin')
  @HttpCode(200)
  @ApiOperation({ summary: 'Restore an archived ticket' })
  @ApiParam(TICKET_ID)
  @ApiOkResponse({ type: TicketDto, description: 'The ticket.', headers: ETAG_HEADER })
  @ApiProblems('ticket_not_found', 'outcome_unknown', ...BODY_PROBLEMS)
  async restoreTicket(
    @Param('id', IdPipe) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TicketDto> {
    const ticket = await this.tickets.restoreTicket(id);
    setETag(reply, ticket.version);
    return this.presenter.present(ticket);
  }
}
