import { ApiProperty } from '@nestjs/swagger';
import { BUDGETS } from '../http/server/limits';
import {
  hasErrors,
  LINT_CODES,
  mostImportant,
  type LintCode,
  type LintFinding,
  type LintSeverity,
} from '../machine/lint-finding';

export class LintFindingDto implements LintFinding {
  @ApiProperty({
    enum: ['error', 'warning'],
    description: 'A definition with an `error` cannot be stored.',
    example: 'warning',
  })
  severity: LintSeverity;

  @ApiProperty({
    enum: Object.keys(LINT_CODES),
    description: Object.entries(LINT_CODES)
      .map(([code, { meaning }]) => `\`${code}\`: ${meaning}.`)
      .join(' '),
    example: 'dead_end',
  })
  code: LintCode;

  @ApiProperty({
    description: 'The location in the definition, as a JSON pointer (RFC 6901).',
    example: '/phases/1',
  })
  pointer: string;

  @ApiProperty({
    description: 'A description of the finding.',
    example: 'Phase "review" is not done, and no transition leads out of it.',
  })
  message: string;
}

export class LintReportDto {
  @ApiProperty({ description: 'Whether the definition can be stored: no finding is an error.', example: true })
  valid: boolean;

  @ApiProperty({
    type: [LintFindingDto],
    description: 'The findings, in the order of the definition; of more than 1,000, the first, errors before warnings.',
  })
  findings: readonly LintFinding[];

  @ApiProperty({ required: false, enum: [true], description: 'Present when there are more findings than are listed.' })
  findings_omitted?: true;
}

export function toLintReportDto(findings: readonly LintFinding[]): LintReportDto {
  const listed = mostImportant(findings, BUDGETS.findings);
  const isCut = listed.length < findings.length;
  return { valid: !hasErrors(findings), findings: listed, ...(isCut ? { findings_omitted: true } : {}) };
}
