import { Param } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type Caller, CurrentCaller } from '../access/caller';
import { ProjectService } from '../access/project.service';
import type { Reader } from '../database/reader';
import { Endpoint, Endpoints, idParam } from '../http/openapi/endpoint';
import { API_PREFIX } from '../http/server/api-prefix';
import { etagOf, isKnown, setETag } from '../http/server/etag';
import { ReadyAnswer } from '../http/server/ready-answer';
import { Reply, sendPage } from '../http/server/reply';
import { IdPipe, ValidBody, ValidPatch, ValidQuery } from '../http/validation/request-pipes';
import { type CommandResponse, CommandRunner } from '../idempotency/command-runner';
import type { CompiledWorkflow } from '../machine/compiled-workflow';
import { DomainError } from '../problems/domain-error';
import { validationFailed } from '../problems/validation';
import { WorkflowService } from '../workflows/workflow.service';
import { type CommandContext, CurrentCommand } from './command';
import { TicketListService } from './ticket-list.service';
import { TicketPresenter } from './ticket-presenter';
import { CreateTicketDto, EditTicketDto, ListTicketsDto, TicketDto } from './ticket.dto';
import type { Ticket } from './ticket.entity';
import { TicketService } from './ticket.service';

const PHASE_FIELDS = new Set(['phase', 'phase_id', 'to_phase', 'previous_phase_id', 'initial_phase_id', 'status']);

/** Rejects edits of phases with the endpoint that changes them. */
const rejectPhaseFields = {
  transform(body: unknown): unknown {
    const field = Object.keys(Object(body)).find((name) => PHASE_FIELDS.has(name));
    if (field === undefined) return body;
    const detail = `${field} cannot be edited. Use POST ${API_PREFIX}/tickets/{id}/transition with to_phase.`;
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
    private readonly commands: CommandRunner,
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
    problems: ['project_not_found', 'workflow_not_found', 'workflow_unusable'],
  })
  createTicket(
    @ValidBody() body: CreateTicketDto,
    @CurrentCommand() { caller, idempotencyKey }: CommandContext,
    @Reply() reply: FastifyReply,
  ): Promise<object | undefined> {
    const { project, workflow, workflow_version: version, phase_id, ...ticket } = body;
    const create = async () => {
      const { id: projectId } = await this.projects.getProjectFor(caller, project);
      const { graphId, graph } = await this.workflows.workflowFor(projectId, workflow, version);
      const phaseId = initialPhaseOf(graph, phase_id);
      return this.tickets.createTicket({ ...ticket, projectId, graphId, phaseId }, caller);
    };
    return this.commands.run(reply, idempotencyKey, create, async (created, reader) => ({
      status: 201,
      headers: { location: `${API_PREFIX}/tickets/${created.id}`, etag: etagOf(created.version) },
      body: await this.presenter.present(created, reader),
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
  ): Promise<string> {
    const { project, workflow, archived = 'false', sort = '-created_at', limit = 50, cursor, ...filter } = query;
    const projectId = await this.projects.filterFor(caller, project);
    const graphIds = workflow === undefined ? undefined : await this.workflows.graphIdsOf(workflow, caller);
    const page = await this.lists.listTickets({ ...filter, projectId, graphIds, archived }, sort, { limit, cursor });
    // Asked only when nothing was found, so that other pages do not pay for it.
    if (page.items.length === 0 && filter.phase !== undefined)
      await this.workflows.requirePhase(filter.phase, graphIds, caller);
    await this.workflows.nameVersions(page.items.map(({ graphId }) => graphId));
    return sendPage(reply, page, (ticket) => this.presenter.present(ticket));
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
  editTicket(
    @Param('id', IdPipe) id: string,
    @ValidPatch(rejectPhaseFields) edits: EditTicketDto,
    @CurrentCommand() command: CommandContext,
    @Reply() reply: FastifyReply,
  ): Promise<object | undefined> {
    const edit = () => this.tickets.editTicket(id, edits, command);
    return this.commands.run(reply, command.idempotencyKey, edit, this.respond);
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
  archiveTicket(
    @Param('id', IdPipe) id: string,
    @CurrentCommand() command: CommandContext,
    @Reply() reply: FastifyReply,
  ): Promise<object | undefined> {
    const archive = () => this.tickets.archiveTicket(id, command);
    return this.commands.run(reply, command.idempotencyKey, archive, () => ({ status: 204, headers: {} }));
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
  restoreTicket(
    @Param('id', IdPipe) id: string,
    @CurrentCommand() command: CommandContext,
    @Reply() reply: FastifyReply,
  ): Promise<object | undefined> {
    const restore = () => this.tickets.restoreTicket(id, command);
    return this.commands.run(reply, command.idempotencyKey, restore, this.respond);
  }

  private readonly respond = async (ticket: Ticket, reader?: Reader): Promise<CommandResponse> => ({
    status: 200,
    headers: { etag: etagOf(ticket.version) },
    body: await this.presenter.present(ticket, reader),
  });
}

/**
 * Returns the phase of a new ticket, which defaults to the first initial phase.
 *
 * @throws DomainError `validation_failed` unless the requested phase is an initial one
 */
function initialPhaseOf({ initial }: CompiledWorkflow, requested?: string): string {
  const phase = requested ?? initial.values().next().value;
  if (phase !== undefined && initial.has(phase)) return phase;
  const detail = `must be one of ${[...initial].join(', ')}; got ${JSON.stringify(phase)}`;
  throw validationFailed([{ in: 'body', pointer: '/phase_id', detail }]);
}

/** The 304 response to a client that already has this version. */
function notModified(version: number): ReadyAnswer {
  return new ReadyAnswer({ status: 304, headers: { etag: etagOf(version) }, body: Buffer.alloc(0) });
}
