import type { FastifyReply } from 'fastify';
import { Endpoint, Endpoints } from '../http/openapi/endpoint';
import { problemOf, toDomainError, type Problem } from '../http/problems/problem';
import { API_PREFIX } from '../http/server/api-prefix';
import { LIMITS } from '../http/server/limits';
import { Reply } from '../http/server/reply';
import { ValidBody } from '../http/validation/request-pipes';
import { IdempotencyService } from '../idempotency/idempotency.service';
import type { Receipt } from '../idempotency/receipt';
import { DomainError } from '../problems/domain-error';
import { CurrentCommand, type Command } from '../tickets/command';
import { BulkRequestDto, BulkResultsDto, type BulkResultDto } from './bulk.dto';
import type { Decision } from './commit/move-plan';
import type { MoveRequest } from './move';
import { moveRequestOf } from './move-request';
import { toPhaseHistoryDto } from './phase.dto';
import { PhaseService } from './phase.service';

@Endpoints('Phases')
export class BulkController {
  constructor(
    private readonly phases: PhaseService,
    private readonly idempotency: IdempotencyService,
  ) {}

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
    @CurrentCommand() { caller, claim }: Command,
    @Reply() reply: FastifyReply,
  ): Promise<object | undefined> {
    const requests = items.map((item) =>
      moveRequestOf(item.ticket_id.toLowerCase(), item, { caller, precondition: null }),
    );
    const effect = (receipt?: Receipt<readonly Decision[]>) => this.move(requests, mode === 'atomic', receipt);
    return this.idempotency.answer(reply, claim, effect, async (decisions, within) => {
      const explained = await this.phases.explainAll(decisions, within);
      const results = explained.map((outcome, i) => resultOf(requests[i]!, outcome));
      return { status: 200, headers: {}, body: { results } };
    });
  }

  /**
   * Independent moves share transactions with whatever else arrives; but a key is kept in the transaction of its effect,
   * so with one they have a transaction of their own.
   *
   * @throws DomainError `bulk_refused` listing every refusal
   */
  private async move(
    requests: readonly MoveRequest[],
    allOrNothing: boolean,
    receipt?: Receipt<readonly Decision[]>,
  ): Promise<readonly Decision[]> {
    if (!allOrNothing && receipt === undefined) return this.phases.moveEach(requests);
    const decisions = await this.phases.moveTogether(requests, { allOrNothing, receipt });
    if (allOrNothing) refuseUnlessAll(requests, await this.phases.explainAll(decisions));
    return decisions;
  }
}

function refuseUnlessAll(requests: readonly MoveRequest[], decisions: readonly Decision[]): void {
  const refused = decisions.flatMap((decision, item) =>
    decision instanceof Error
      ? [{ item, ticket_id: requests[item]!.ticketId, problem: problemFor(requests[item]!, decision) }]
      : [],
  );
  if (refused.length === 0) return;
  const detail = `${refused.length} of ${requests.length} moves cannot be made, so none was.`;
  throw new DomainError('bulk_refused', detail, { refused });
}

function resultOf(request: MoveRequest, outcome: Decision): BulkResultDto {
  const ticket_id = request.ticketId;
  if (outcome instanceof Error) return { ticket_id, status: 'refused', problem: problemFor(request, outcome) };
  return { ticket_id, status: 'ok', transition: toPhaseHistoryDto(outcome.transition) };
}

/** The problem that the move would have been answered with on its own. */
function problemFor({ ticketId }: MoveRequest, error: Error): Problem {
  return problemOf(toDomainError(error), `${API_PREFIX}/tickets/${ticketId}/transition`);
}
