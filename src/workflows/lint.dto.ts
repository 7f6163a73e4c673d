import { ApiProperty } from '@nestjs/swagger';
import { hasErrors, LINT_CODES, type LintCode, type LintFinding, type LintSeverity } from '../machine/lint-finding';

export class LintFindingDto implements LintFinding {
  @ApiProperty({
    enum: ['error', 'warning'],
    description: 'Whether it keeps the definition from being stored.',
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
    description: 'Where, as a JSON pointer (RFC 6901) into the definition.',
    example: '/phases/1',
  })
  pointer: string;

  @ApiProperty({
    description: 'What is wrong there, in words.',
    example: 'Phase "review" is not done, and no transition leads out of it.',
  })
  message: string;
}

export class LintReportDto {
  @ApiProperty({ description: 'Whether the definition could be stored: no finding is an error.', example: true })
  valid: boolean;

  @ApiProperty({ type: [LintFindingDto], description: 'Everything that was found, in the order of the definition.' })
  findings: readonly LintFinding[];
}

export function toLintReportDto(findings: readonly LintFinding[]): LintReportDto {
  return { valid: !hasErrors(findings), findings };
}
