import { Gauge, Registry } from 'prom-client';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { type Caller, CurrentCaller, requireAllProjects } from '../access/caller';
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

/** Reports the state of the connection pool. Read only when metrics are scraped. */
@Injectable()
export class PoolMetrics {
  constructor(@InjectDataSource() dataSource: DataSource, registry: Registry) {
    new Gauge({
      name: 'phaseline_database_connections',
      help: 'Database connections, and requests waiting for one.',
      labelNames: ['state'],
      registers: [registry],
      collect() {
        const pool = (dataSource.driver as unknown as { master?: Pool }).master;
        if (pool === undefined) return;
        this.set({ state: 'idle' }, pool.idleCount);
        this.set({ state: 'used' }, pool.totalCount - pool.idleCount);
        this.set({ state: 'waiting' }, pool.waitingCount);
      },
    });
  }
}
