import { Registry } from 'prom-client';
import { requireAllProjects, type Caller } from '../access/caller';
import { CurrentCaller } from '../access/current-caller';
import { Endpoint, Endpoints } from '../http/openapi/endpoint';

@Endpoints('Operations')
export class MetricsController {
  constructor(private readonly registry: Registry) {}

  @Endpoint({
    method: 'GET',
    path: 'metrics',
    role: 'viewer',
    summary: 'Get metrics',
    description: 'Returns metrics in the Prometheus text format. Keys that are limited to a project have no access.',
    contentType: Registry.PROMETHEUS_CONTENT_TYPE,
    returns: { description: 'The metrics.', content: { 'text/plain': { schema: { type: 'string' } } } },
  })
  getMetrics(@CurrentCaller() caller: Caller): Promise<string> {
    // The metrics contain phases and figures of all projects.
    requireAllProjects(caller);
    return this.registry.metrics();
  }
}
