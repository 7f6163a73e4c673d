import { ApiProperty } from '@nestjs/swagger';
import { hasErrors, LINT_CODES, type LintCode, type LintFinding, type LintSeverity } from '../machine/lint-finding';

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

  @ApiProperty({ type: [LintFindingDto], description: 'All findings, in the order of the definition.' })
  findings: readonly LintFinding[];
}

export function toLintReportDto(findings: readonly LintFinding[]): LintReportDto {
  return { valid: !hasErrors(findings), findings };
}
