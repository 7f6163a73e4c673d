import { Controller, Get, type OnModuleDestroy } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { IsPublic } from '../auth/requires-role';
import { ApiUnlimitedProblems } from '../http/api-documentation';
import { ConfigureRoute } from '../http/route-config';
import { DomainError } from '../problems/domain-error';

class HealthDto {
  @ApiProperty({ enum: ['ok'], description: 'Anything else is a problem.', example: 'ok' })
  status: string;
}

/** How long the database may take to answer, in milliseconds, before it counts as away. */
const PATIENCE = 2_000;

@ApiTags('Operations')
@Controller('health')
export class HealthController implements OnModuleDestroy {
  private closing = false;

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  onModuleDestroy(): void {
    this.closing = true;
  }

  @Get('live')
  @IsPublic()
  @ConfigureRoute({ unlimited: true })
  @ApiOperation({ summary: 'Is the process alive?', description: 'Restart it when this fails.' })
  @ApiOkResponse({ type: HealthDto, description: 'It is.' })
  @ApiUnlimitedProblems()
  getLiveness(): HealthDto {
    return { status: 'ok' };
  }

  @Get('ready')
  @IsPublic()
  @ConfigureRoute({ unlimited: true })
  @ApiOperation({
    summary: 'Can it serve requests?',
    description: 'Send it no traffic while this fails: the database is away, or the process is shutting down.',
  })
  @ApiOkResponse({ type: HealthDto, description: 'It can.' })
  @ApiUnlimitedProblems()
  async getReadiness(): Promise<HealthDto> {
    if (this.closing) throw new DomainError('busy', 'The process is shutting down.');
    await within(PATIENCE, this.dataSource.query('SELECT 1'));
    return { status: 'ok' };
  }
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const detail = `The database did not answer within ${milliseconds} ms.`;
    timer = setTimeout(() => reject(new DomainError('busy', detail)), milliseconds);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
