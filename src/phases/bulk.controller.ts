import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequiresRole } from '../auth/requires-role';
import { ApiProblems, BODY_PROBLEMS } from '../http/api-documentation';
import { problemOf, toDomainError, type Problem } from '../http/problem';
import { BodyLimit } from '../http/body-limit';
import { BodyPipe } from '../http/request-pipes';
import { DomainError } from '../problems/domain-error';
import { BulkRequestDto, BulkResultsDto, type BulkItemDto, type BulkResultDto } from './bulk.dto';
import type { CommittedMove, MoveRequest } from './move';
import { toPhaseHistoryDto } from './phase.dto';
import { PhaseService } from './phase.service';

@ApiTags('Phases')
@Controller('transitions')
export class BulkController {
  constructor(private readonly phases: PhaseService) {}

  @Post()
  @RequiresRole('worker')
  @HttpCode(200)
  @BodyLimit(8 * 1024 * 1024)
  @ApiOperation({
    summary: 'Move many tickets',
    description: 'Up to 500 moves and 8 MiB, each with an outcome of its own, or all or nothing.',
  })
  @ApiBody({ type: BulkRequestDto })
  @ApiOkResponse({ type: BulkResultsDto, description: 'What became of each move.' })
  @ApiProblems('bulk_refused', 'outcome_unknown', ...BODY_PROBLEMS)
  async transitionTickets(
    @Body(new BodyPipe(BulkRequestDto)) { mode = 'independent', items }: BulkRequestDto,
  ): Promise<BulkResultsDto> {
    const requests = items.map(requestOf);
    const outcomes = mode === 'atomic' ? await this.moveAll(requests) : await this.phases.transitionTickets(requests);
    return { results: outcomes.map((outcome, i) => resultOf(requests[i]!, outcome)) };
  }

  /** @throws DomainError `bulk_refused` listing every refusal */
  private async moveAll(requests: readonly MoveRequest[]): Promise<readonly (CommittedMove | Error)[]> {
    const decisions = await this.phases.transitionTicketsAtomically(requests);
    const refused = decisions.flatMap((decision, item) =>
      decision instanceof Error
        ? [{ item, ticket_id: requests[item]!.ticketId, problem: problemFor(requests[item]!, decision) }]
        : [],
    );
    if (refused.length === 0) return decisions;
    const detail = `${refused.length} of ${requests.length} moves cannot be made, so none was.`;
    throw new DomainError('bulk_refused', detail, { refused });
  }
}

function requestOf(item: BulkItemDto): MoveRequest {
  return {
    ticketId: item.ticket_id.toLowerCase(),
    toPhase: item.to_phase,
    reason: item.reason ?? null,
    transitionedBy: item.transitioned_by ?? 'system',
    actorKind: 'system',
    artifacts: item.artifacts ?? null,
  };
}

function resultOf(request: MoveRequest, outcome: CommittedMove | Error): BulkResultDto {
  const ticket_id = request.ticketId;
  if (outcome instanceof Error) return { ticket_id, status: 'refused', problem: problemFor(request, outcome) };
  return { ticket_id, status: 'ok', transition: toPhaseHistoryDto(outcome.transition) };
}

/** The problem that the move would have been answered with on its own. */
function problemFor({ ticketId }: MoveRequest, error: Error): Problem {
  return problemOf(toDomainError(error), `/api/v1/tickets/${ticketId}/transition`);
}
