import { ApiProperty } from '@nestjs/swagger';
import { ProblemDto } from '../http/openapi/problem.dto';
import { OneOf, Text } from '../http/validation/fields';
import { ListOf } from '../http/validation/list-field';
import { PhaseHistoryDto, TransitionRequestDto } from './phase.dto';

/** The maximum number of transitions in one request. */
export const MAX_BULK_ITEMS = 500;

export class BulkItemDto extends TransitionRequestDto {
  @Text({
    min: 36,
    max: 36,
    pattern: /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/,
    description: 'The id of the ticket.',
    example: '0192f0c4-7c1e-7d3a-8a4e-2f6f3c1b9a55',
  })
  ticket_id: string;
}

export class BulkRequestDto {
  @OneOf({
    values: ['independent', 'atomic'],
    optional: true,
    default: 'independent',
    description:
      '`independent`: each transition succeeds or fails on its own. `atomic`: all transitions succeed, or none is made.',
    example: 'independent',
  })
  mode?: 'independent' | 'atomic';

  @ListOf(BulkItemDto, {
    min: 1,
    max: MAX_BULK_ITEMS,
    description: 'The transitions. A ticket may appear more than once; its transitions are made in this order.',
  })
  items: BulkItemDto[];
}

export class BulkResultDto {
  @ApiProperty({ format: 'uuid', description: 'The id of the ticket.' })
  ticket_id: string;

  @ApiProperty({ enum: ['ok', 'refused'], description: '`ok` if the transition was made.' })
  status: 'ok' | 'refused';

  @ApiProperty({ type: PhaseHistoryDto, required: false, description: 'The history row. Present with `ok`.' })
  transition?: PhaseHistoryDto;

  @ApiProperty({ type: ProblemDto, required: false, description: 'The problem document. Present with `refused`.' })
  problem?: object;
}

export class BulkResultsDto {
  @ApiProperty({ type: [BulkResultDto], description: 'One result per item, in the order of the items.' })
  results: BulkResultDto[];
}
