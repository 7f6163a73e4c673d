import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsPublic } from '../access/requires-role';
import { ApiUnlimitedProblems } from '../http/openapi/api-documentation';
import { ConfigureRoute } from '../http/server/route-config';
import { ReadinessService } from './readiness.service';

class HealthDto {
  @ApiProperty({ enum: ['ok'], description: 'Anything else is a problem.', example: 'ok' })
  status: string;
}

@ApiTags('Operations')
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: ReadinessService) {}

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
    await this.readiness.requireReady();
    return { status: 'ok' };
  }
}
