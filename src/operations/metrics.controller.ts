import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Registry } from 'prom-client';
import { CurrentCaller } from '../access/current-caller';
import { requireAllProjects, type Caller } from '../access/caller';
import { RequiresRole } from '../access/requires-role';
import { ApiProblems } from '../http/openapi/api-documentation';

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
  getMetrics(@CurrentCaller() caller: Caller): Promise<string> {
    // They name the phases of every project's workflows, and count all tickets' moves.
    requireAllProjects(caller);
    return this.registry.metrics();
  }
}
