import { Param } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { actorOf } from '../access/caller';
import { Endpoint, Endpoints, idParam } from '../http/openapi/endpoint';
import { problemOf, toDomainError, type Problem } from '../http/problems/problem';
import { API_PREFIX } from '../http/server/api-prefix';
import { etagOf } from '../http/server/etag';
import { LIMITS } from '../http/server/limits';
import { Reply } from '../http/server/reply';
import { IdPipe, ValidBody } from '../http/validation/request-pipes';
import { CommandRunner, type ResponseRecorder } from '../idempotency/command-runner';
import type { KeyOutcome } from '../idempotency/idempotency-record.statements';
import { DomainError } from '../problems/domain-error';
import { CurrentCommand, type CommandContext } from '../tickets/command';
import { TicketPresenter } from '../tickets/ticket-presenter';
import { BulkRequestDto, BulkResultsDto, type BulkResultDto } from './bulk.dto';
import { toPhaseHistoryDto, TransitionedTicketDto, TransitionRequestDto } from './phase.dto';
import { PhaseService } from './phase.service';
import type { CommittedTransition, DecidedTransition, TransitionRequest } from './transition';

@Endpoints('Phases')
export class TransitionController {
  constructor(
    private readonly phases: PhaseService,
    private readonly presenter: TicketPresenter,
    private readonly commands: CommandRunner,
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
      'workflow_unusable',
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
    @CurrentCommand() context: CommandContext,
    @Reply() reply: FastifyReply,
  ): Promise<object | undefined> {
    const request = toTransitionRequest(id, body, context);
    const move = (recorder?: ResponseRecorder<CommittedTransition>) => this.phases.move({ ...request, recorder });
    return this.commands.respond(reply, context.idempotencyKey, move, async ({ ticket, transition }, reader) => ({
      status: 200,
      headers: { etag: etagOf(ticket.version) },
      body: { ...(await this.presenter.present(ticket, reader)), transition: toPhaseHistoryDto(transition) },
    }));
  }

  @Endpoint({
    method: 'POST',
    path: 'transitions',
    role: 'worker',
    summary: 'Move many tickets',
    description:
      'Accepts up to 500 transitions and 8 MiB. Transitions succeed or fail one by one, or with `atomic` all together. ' +
      'Transitions of one ticket are made in the order of the request. An invalid item, or one that names an actor that ' +
      'the caller may not name, rejects the whole request. With an `Idempotency-Key`, all transitions share one ' +
      'transaction; if a ticket stays locked for too long, the server returns `busy`, nothing is changed, and the request ' +
      'can be retried.',
    bodyLimit: LIMITS.bulkBody,
    idempotent: true,
    returns: { type: BulkResultsDto, description: 'The result of each transition.' },
    problems: ['bulk_refused'],
  })
  transitionTickets(
    @ValidBody() { mode = 'independent', items }: BulkRequestDto,
    @CurrentCommand() { caller, idempotencyKey }: CommandContext,
    @Reply() reply: FastifyReply,
  ): Promise<object | undefined> {
    const requests = items.map((item) =>
      toTransitionRequest(item.ticket_id.toLowerCase(), item, { caller, precondition: null }),
    );
    const move = (recorder?: ResponseRecorder<readonly DecidedTransition[]>) =>
      this.moveAll(requests, mode === 'atomic', recorder);
    return this.commands.respond(reply, idempotencyKey, move, async (decided, reader) => {
      const explained = await this.phases.explainAll(decided, reader);
      return { status: 200, headers: {}, body: { results: explained.map(toBulkResultDto) } };
    });
  }

  /**
   * Independent transitions without a key share transactions with other requests. With a key they have a transaction of
   * their own, because the response is stored in the transaction of its effect.
   *
   * @throws DomainError `bulk_refused` with every rejection
   */
  private async moveAll(
    requests: readonly TransitionRequest[],
    atomic: boolean,
    recorder?: ResponseRecorder<readonly DecidedTransition[]>,
  ): Promise<readonly DecidedTransition[] | KeyOutcome> {
    if (!atomic && recorder === undefined) return this.phases.moveEach(requests);
    const decided = await this.phases.moveTogether({ requests, recorder }, atomic);
    if (atomic && !('kind' in decided)) rejectUnlessAllMoved(await this.phases.explainAll(decided));
    return decided;
  }
}

/**
 * Converts the body of a request. An admin may set the name in the history; the event shows the name of the key.
 *
 * @throws DomainError `forbidden` when the caller may not use the name in `transitioned_by`
 */
function toTransitionRequest(
  ticketId: string,
  body: TransitionRequestDto,
  { caller, precondition }: Pick<CommandContext, 'caller' | 'precondition'>,
): TransitionRequest {
  const { to_phase: toPhase, reason = null, transitioned_by, artifacts = null } = body;
  const { name: transitionedBy, actorKind } = actorOf(caller, transitioned_by);
  const { expected_version: expectedVersion, expected_phase: expectedPhase } = body;
  const isConditional = precondition !== null || expectedVersion !== undefined || expectedPhase !== undefined;
  return {
    ticketId,
    toPhase,
    reason,
    transitionedBy,
    actor: caller.keyId === null ? transitionedBy : caller.name,
    actorKind,
    artifacts,
    projectId: caller.projectId,
    precondition: isConditional ? { ifMatch: precondition?.ifMatch ?? null, expectedVersion, expectedPhase } : null,
  };
}

function rejectUnlessAllMoved(decided: readonly DecidedTransition[]): void {
  const refused = decided.flatMap(({ request, decision }, item) =>
    decision instanceof Error ? [{ item, ticket_id: request.ticketId, problem: toProblem(request, decision) }] : [],
  );
  if (refused.length === 0) return;
  const detail = `${refused.length} of ${decided.length} transitions were rejected; nothing was changed.`;
  throw new DomainError('bulk_refused', detail, { refused });
}

function toBulkResultDto({ request, decision }: DecidedTransition): BulkResultDto {
  const ticket_id = request.ticketId;
  if (decision instanceof Error) return { ticket_id, status: 'refused', problem: toProblem(request, decision) };
  return { ticket_id, status: 'ok', transition: toPhaseHistoryDto(decision.transition) };
}

/** Returns the problem document that a single request for the transition would receive. */
function toProblem({ ticketId }: TransitionRequest, error: Error): Problem {
  return problemOf(toDomainError(error), `${API_PREFIX}/tickets/${ticketId}/transition`);
}
