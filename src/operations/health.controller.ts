import { ApiProperty } from '@nestjs/swagger';
import { Endpoint, Endpoints } from '../http/openapi/endpoint';
import { ReadinessService } from './readiness.service';

class HealthDto {
  @ApiProperty({ enum: ['ok'], description: 'Anything else is a problem.', example: 'ok' })
  status: string;
}

@Endpoints('Operations')
export class HealthController {
  constructor(private readonly readiness: ReadinessService) {}

  @Endpoint({
    method: 'GET',
    path: 'health/live',
    role: 'public',
    unlimited: true,
    summary: 'Is the process alive?',
    description: 'Restart it when this fails.',
    returns: { type: HealthDto, description: 'It is.' },
  })
  getLiveness(): HealthDto {
    return { status: 'ok' };
  }

  @Endpoint({
    method: 'GET',
    path: 'health/ready',
    role: 'public',
    unlimited: true,
    summary: 'Can it serve requests?',
    description: 'Send it no traffic while this fails: the database is away, or the process is shutting down.',
    returns: { type: HealthDto, description: 'It can.' },
  })
  async getReadiness(): Promise<HealthDto> {
    await this.readiness.requireReady();
    return { status: 'ok' };
  }
}
