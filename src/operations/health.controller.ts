import { ApiProperty } from '@nestjs/swagger';
import { Endpoint, Endpoints } from '../http/openapi/endpoint';
import { ReadinessService } from './readiness.service';

class HealthDto {
  @ApiProperty({ enum: ['ok'], description: 'Always `ok`. Failures are returned as problems.', example: 'ok' })
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
    summary: 'Check liveness',
    description: 'Restart the process if this check fails.',
    returns: { type: HealthDto, description: 'The process is alive.' },
  })
  getLiveness(): HealthDto {
    return { status: 'ok' };
  }

  @Endpoint({
    method: 'GET',
    path: 'health/ready',
    role: 'public',
    unlimited: true,
    summary: 'Check readiness',
    description:
      'Send no requests while this check fails: the database is unavailable, or the process is shutting down.',
    returns: { type: HealthDto, description: 'The process can serve requests.' },
  })
  async getReadiness(): Promise<HealthDto> {
    await this.readiness.requireReady();
    return { status: 'ok' };
  }
}
