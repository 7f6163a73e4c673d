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
    summary: 'Metrics for Prometheus',
    description: 'Not for keys of one project.',
    contentType: Registry.PROMETHEUS_CONTENT_TYPE,
    returns: { description: 'Metrics.', content: { 'text/plain': { schema: { type: 'string' } } } },
  })
  getMetrics(@CurrentCaller() caller: Caller): Promise<string> {
    // They name the phases of every project's workflows, and count all tickets' moves.
    requireAllProjects(caller);
    return this.registry.metrics();
  }
}
