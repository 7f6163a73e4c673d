import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Registry } from 'prom-client';
import { Asker } from '../auth/asker';
import { requireAllProjects, type Caller } from '../auth/caller';
import { RequiresRole } from '../auth/requires-role';
import { ApiProblems } from '../http/api-documentation';

@ApiTags('Operations')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly registry: Registry) {}

  @Get()
  @RequiresRole('viewer')
  @Header('content-type', Registry.PROMETHEUS_CONTENT_TYPE)
  @ApiOperation({ summary: 'Metrics for Prometheus', description: 'Not for keys of one project.' })
  @ApiOkResponse({ description: 'Metrics.', content: { 'text/plain': { schema: { type: 'string' } } } })
  @ApiProblems()
  getMetrics(@Asker() caller: Caller): Promise<string> {
    // They name the phases of every project's workflows, and count all tickets' moves.
    requireAllProjects(caller);
    return this.registry.metrics();
  }
}
