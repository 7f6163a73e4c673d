import { Param } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../access/caller';
import { CurrentCaller } from '../access/current-caller';
import { ProjectService } from '../access/project.service';
import type { Reader } from '../database/reader';
import { Endpoint, Endpoints, idParam } from '../http/openapi/endpoint';
import { API_PREFIX } from '../http/server/api-prefix';
import { etagOf, isKnown, setETag } from '../http/server/etag';
import { ReadyAnswer } from '../http/server/ready-answer';
import { linkNext, Reply } from '../http/server/reply';
import { IdPipe, ValidBody, ValidQuery } from '../http/validation/request-pipes';
import { IdempotencyService, type Answer } from '../idempotency/idempotency.service';
import type { Receipt } from '../idempotency/receipt';
import { DomainError } from '../problems/domain-error';
import { WorkflowService } from '../workflows/workflow.service';
import { CurrentCommand, type Command } from './command';
import { firstPhase } from './first-phase';
import { TicketListService } from './ticket-list.service';
import { TicketPresenter } from './ticket-presenter';
import { CreateTicketDto, EditTicketDto, ListTicketsDto, TicketDto } from './ticket.dto';
import type { Ticket } from './ticket.entity';
import { TicketService } from './ticket.service';

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

@Endpoints('Tickets')
export class TicketController {
  constructor(
    private readonly tickets: TicketService,
    private readonly lists: TicketListService,
    private readonly projects: ProjectService,
    private readonly workflows: WorkflowService,
    private readonly presenter: TicketPresenter,
    private readonly idempotency: IdempotencyService,
  ) {}

  @Endpoint({
    method: 'POST',
    path: 'tickets',
    role: 'worker',
    summary: 'Create a ticket',
    idempotent: true,
    returns: {
      status: 201,
      type: TicketDto,
      description: 'The ticket.',
      etag: true,
      location: 'The URL of the ticket.',
    },
    problems: ['project_not_found', 'workflow_not_found'],
  })
  async createTicket(
    @ValidBody() body: CreateTicketDto,
    @CurrentCommand() command: Command,
    @Reply() reply: FastifyReply,
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

  @Endpoint({
    method: 'GET',
    path: 'tickets',
    role: 'viewer',
    summary: 'List tickets',
    description: 'Returns one page. The `Link` header has the URL of the next page.',
    returns: { type: [TicketDto], description: 'A page of tickets.' },
    problems: ['project_not_found', 'workflow_not_found'],
  })
  async listTickets(
    @ValidQuery() query: ListTicketsDto,
    @CurrentCaller() caller: Caller,
    @Reply() reply: FastifyReply,
  ): Promise<TicketDto[]> {
    const { project, workflow, archived = 'false', sort = '-created_at', limit = 50, cursor, ...filter } = query;
    const projectId = await this.projects.filterFor(caller, project);
    const graphIds = workflow === undefined ? undefined : await this.workflows.graphIdsOf(workflow, caller);
    const page = await this.lists.listTickets({ ...filter, projectId, graphIds, archived }, sort, { limit, cursor });
    return Promise.all(linkNext(reply, page).map((ticket) => this.presenter.present(ticket)));
  }

  @Endpoint({
    method: 'GET',
    path: 'tickets/:id',
    role: 'viewer',
    summary: 'Get a ticket',
    params: [idParam('ticket')],
    ifNoneMatch: true,
    returns: { type: TicketDto, description: 'The ticket.', etag: true },
    problems: ['ticket_not_found'],
  })
  async getTicket(
    @Param('id', IdPipe) id: string,
    @CurrentCaller() caller: Caller,
    @Reply() reply: FastifyReply,
  ): Promise<TicketDto> {
    const ticket = await this.tickets.getTicket(id, caller);
    setETag(reply, ticket.version);
    if (isKnown(reply.request.headers['if-none-match'], ticket.version)) throw notModified(ticket.version);
    return this.presenter.present(ticket);
  }

  @Endpoint({
    method: 'PATCH',
    path: 'tickets/:id',
    role: 'worker',
    summary: 'Edit a ticket',
    description:
      'Changes only the fields that are sent. If no value changes, the version stays the same. The phase changes only ' +
      'through a transition.',
    params: [idParam('ticket')],
    ifMatch: true,
    idempotent: true,
    returns: { type: TicketDto, description: 'The ticket.', etag: true },
    problems: ['use_transition_endpoint', 'ticket_not_found', 'ticket_archived', 'precondition_failed'],
  })
  async editTicket(
    @Param('id', IdPipe) id: string,
    @ValidBody(refusePhaseFields) edits: EditTicketDto,
    @CurrentCommand() command: Command,
    @Reply() reply: FastifyReply,
  ): Promise<object | undefined> {
    const edit = (receipt?: Receipt<Ticket>) => this.tickets.editTicket(id, edits, { ...command, receipt });
    return this.idempotency.answer(reply, command.claim, edit, (ticket, within) => this.answerOf(ticket, within));
  }

  @Endpoint({
    method: 'DELETE',
    path: 'tickets/:id',
    role: 'admin',
    summary: 'Archive a ticket',
    description: 'Archived tickets cannot be changed until they are restored. Nothing is deleted.',
    params: [idParam('ticket')],
    ifMatch: true,
    idempotent: true,
    returns: { status: 204, description: 'The ticket is archived.' },
    problems: ['ticket_not_found', 'precondition_failed'],
  })
  async archiveTicket(
    @Param('id', IdPipe) id: string,
    @CurrentCommand() command: Command,
    @Reply() reply: FastifyReply,
  ): Promise<object | undefined> {
    const archive = (receipt?: Receipt<Ticket>) => this.tickets.archiveTicket(id, { ...command, receipt });
    return this.idempotency.answer(reply, command.claim, archive, () => ({ status: 204, headers: {} }));
  }

  @Endpoint({
    method: 'POST',
    path: 'tickets/:id/restore',
    role: 'admin',
    summary: 'Restore a ticket',
    params: [idParam('ticket')],
    ifMatch: true,
    idempotent: true,
    returns: { type: TicketDto, description: 'The ticket.', etag: true },
    problems: ['ticket_not_found', 'precondition_failed'],
  })
  async restoreTicket(
    @Param('id', IdPipe) id: string,
    @CurrentCommand() command: Command,
    @Reply() reply: FastifyReply,
  ): Promise<object | undefined> {
    const restore = (receipt?: Receipt<Ticket>) => this.tickets.restoreTicket(id, { ...command, receipt });
    return this.idempotency.answer(reply, command.claim, restore, (ticket, within) => this.answerOf(ticket, within));
  }

  private async answerOf(ticket: Ticket, within?: Reader): Promise<Answer> {
    const body = await this.presenter.present(ticket, within);
    return { status: 200, headers: { etag: etagOf(ticket.version) }, body };
  }
}

/** The 304 response to a client that already has this version. */
function notModified(version: number): ReadyAnswer {
  return new ReadyAnswer({ status: 304, headers: { etag: etagOf(version) }, body: Buffer.alloc(0) });
}
