import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentCaller } from '../access/current-caller';
import type { Caller } from '../access/caller';
import { RequiresRole } from '../access/requires-role';
import type { Reader } from '../database/reader';
import {
  ApiProblems,
  BODY_PROBLEMS,
  ETAG_HEADER,
  IDEMPOTENCY_KEY,
  IDEMPOTENCY_PROBLEMS,
  IF_MATCH,
  IF_NONE_MATCH,
  LINK_HEADER,
  TICKET_ID,
} from '../http/openapi/api-documentation';
import { API_PREFIX } from '../http/server/api-prefix';
import { linkNext } from '../http/server/link-header';
import { etagOf, isKnown, setETag } from '../http/server/etag';
import { ReadyAnswer } from '../http/server/ready-answer';
import { BodyPipe, IdPipe, QueryPipe } from '../http/validation/request-pipes';
import { IdempotencyService, type Answer } from '../idempotency/idempotency.service';
import type { Receipt } from '../idempotency/receipt';
import { DomainError } from '../problems/domain-error';
import { CurrentCommand, type Command } from './command';
import { ProjectService } from '../access/project.service';
import { WorkflowService } from '../workflows/workflow.service';
import { firstPhase } from './first-phase';
import { TicketListService } from './ticket-list.service';
import { TicketPresenter } from './ticket-presenter';
import { CreateTicketDto, EditTicketDto, ListTicketsDto, TicketDto } from './ticket.dto';
import type { Ticket } from './ticket.entity';
import { TicketService } from './ticket.service';

const LOCATION_HEADER = { Location: { description: 'Where the ticket is.', schema: { type: 'string' } } } as const;

const PHASE_FIELDS = new Set(['phase', 'phase_id', 'to_phase', 'previous_phase_id', 'initial_phase_id', 'status']);

/** There is one way to change a phase, and an edit that tries another is told which. */
const refusePhaseFields = {
  transform(body: unknown): unknown {
    const field = Object.keys(Object(body)).find((name) => PHASE_FIELDS.has(name));
    if (field === undefined) return body;
    const detail = `An edit cannot change ${field}. Use POST ${API_PREFIX}/tickets/{id}/transition with to_phase.`;
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
    private readonly workflows: WorkflowService,
    private readonly presenter: TicketPresenter,
    private readonly idempotency: IdempotencyService,
  ) {}

  @Post()
  @RequiresRole('worker')
  @ApiOperation({ summary: 'Create a ticket' })
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiBody({ type: CreateTicketDto })
  @ApiCreatedResponse({ type: TicketDto, description: 'The ticket.', headers: { ...ETAG_HEADER, ...LOCATION_HEADER } })
  @ApiProblems('project_not_found', 'workflow_not_found', 'outcome_unknown', ...IDEMPOTENCY_PROBLEMS, ...BODY_PROBLEMS)
  async createTicket(
    @Body(new BodyPipe(CreateTicketDto)) body: CreateTicketDto,
    @CurrentCommand() command: Command,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object | undefined> {
    const { project, workflow, workflow_version: version, phase_id, ...ticket } = body;
    const create = async (receipt?: Receipt<Ticket>) => {
      const { id: projectId } = await this.projects.getProjectFor(command.caller, project);
      const { graphId, graph } = await this.workflows.workflowFor(projectId, workflow, version);
      const phaseId = firstPhase(graph, phase_id);
      return this.tickets.createTicket({ ...ticket, projectId, graphId, phaseId }, { ...command, receipt });
    };
    return this.idempotency.answer(reply, command.claim, create, async (created, within) => ({
      status: 201,
      headers: { location: `${API_PREFIX}/tickets/${created.id}`, etag: etagOf(created.version) },
      body: await this.presenter.present(created, within),
    }));
  }

  @Get()
  @RequiresRole('viewer')
  @ApiOperation({ summary: 'List tickets', description: 'Page by page: follow the `Link` header.' })
  @ApiOkResponse({ type: [TicketDto], description: 'A page of tickets.', headers: LINK_HEADER })
  @ApiProblems('project_not_found', 'workflow_not_found')
  async listTickets(
    @Query(new QueryPipe(ListTicketsDto)) query: ListTicketsDto,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TicketDto[]> {
    const { project, workflow, archived = 'false', sort = '-created_at', limit = 50, cursor, ...filter } = query;
    const projectId = await this.projects.filterFor(caller, project);
    const graphIds = workflow === undefined ? undefined : await this.workflows.graphIdsOf(workflow, caller);
    const page = await this.lists.listTickets({ ...filter, projectId, graphIds, archived }, sort, { limit, cursor });
    linkNext(reply, request.url, page);
    return Promise.all(page.items.map((ticket) => this.presenter.present(ticket)));
  }

  @Get(':id')
  @RequiresRole('viewer')
  @ApiOperation({ summary: 'Get a ticket' })
  @ApiParam(TICKET_ID)
  @ApiHeader(IF_NONE_MATCH)
  @ApiOkResponse({ type: TicketDto, description: 'The ticket.', headers: ETAG_HEADER })
  @ApiResponse({ status: 304, description: 'It is the version that `If-None-Match` names.', headers: ETAG_HEADER })
  @ApiProblems('ticket_not_found')
  async getTicket(
    @Param('id', IdPipe) id: string,
    @CurrentCaller() caller: Caller,
    @Req() { headers }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TicketDto> {
    const ticket = await this.tickets.getTicket(id, caller);
    setETag(reply, ticket.version);
    if (isKnown(headers['if-none-match'], ticket.version)) throw notModified(ticket.version);
    return this.presenter.present(ticket);
  }

  @Patch(':id')
  @RequiresRole('worker')
  @ApiOperation({
    summary: 'Edit a ticket',
    description: 'Only what is sent changes; nothing changed makes no new version. Phases change through a transition.',
  })
  @ApiParam(TICKET_ID)
  @ApiHeader(IF_MATCH)
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiBody({ type: EditTicketDto })
  @ApiOkResponse({ type: TicketDto, description: 'The ticket.', headers: ETAG_HEADER })
  @ApiProblems(
    'use_transition_endpoint',
    'ticket_not_found',
    'ticket_archived',
    'precondition_failed',
    'outcome_unknown',
    ...IDEMPOTENCY_PROBLEMS,
    ...BODY_PROBLEMS,
  )
  async editTicket(
    @Param('id', IdPipe) id: string,
    @Body(refusePhaseFields, new BodyPipe(EditTicketDto)) edits: EditTicketDto,
    @CurrentCommand() command: Command,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object | undefined> {
    const edit = (receipt?: Receipt<Ticket>) => this.tickets.editTicket(id, edits, { ...command, receipt });
    return this.idempotency.answer(reply, command.claim, edit, (ticket, within) => this.answerOf(ticket, within));
  }

  @Delete(':id')
  @RequiresRole('admin')
  @HttpCode(204)
  @ApiOperation({ summary: 'Archive a ticket', description: 'Nothing is lost; `restore` takes it back.' })
  @ApiParam(TICKET_ID)
  @ApiNoContentResponse({ description: 'It is archived, now or already.' })
  @ApiHeader(IF_MATCH)
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiProblems('ticket_not_found', 'precondition_failed', 'outcome_unknown', ...IDEMPOTENCY_PROBLEMS, ...BODY_PROBLEMS)
  async archiveTicket(
    @Param('id', IdPipe) id: string,
    @CurrentCommand() command: Command,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object | undefined> {
    const archive = (receipt?: Receipt<Ticket>) => this.tickets.archiveTicket(id, { ...command, receipt });
    return this.idempotency.answer(reply, command.claim, archive, () => ({ status: 204, headers: {} }));
  }

  @Post(':id/restore')
  @RequiresRole('admin')
  @HttpCode(200)
  @ApiOperation({ summary: 'Restore an archived ticket' })
  @ApiParam(TICKET_ID)
  @ApiOkResponse({ type: TicketDto, description: 'The ticket.', headers: ETAG_HEADER })
  @ApiHeader(IF_MATCH)
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiProblems('ticket_not_found', 'precondition_failed', 'outcome_unknown', ...IDEMPOTENCY_PROBLEMS, ...BODY_PROBLEMS)
  async restoreTicket(
    @Param('id', IdPipe) id: string,
    @CurrentCommand() command: Command,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object | undefined> {
    const restore = (receipt?: Receipt<Ticket>) => this.tickets.restoreTicket(id, { ...command, receipt });
    return this.idempotency.answer(reply, command.claim, restore, (ticket, within) => this.answerOf(ticket, within));
  }

  private async answerOf(ticket: Ticket, within?: Reader): Promise<Answer> {
    const body = await this.presenter.present(ticket, within);
    return { status: 200, headers: { etag: etagOf(ticket.version) }, body };
  }
}

/** The answer to whoever knows this version already. */
function notModified(version: number): ReadyAnswer {
  return new ReadyAnswer({ status: 304, headers: { etag: etagOf(version) }, body: Buffer.alloc(0) });
}
