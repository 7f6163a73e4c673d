import { Global, Module } from '@nestjs/common';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { API_VERSION } from '../http/openapi/openapi';
import { HealthController, ReadinessService } from './health.controller';
import { MetricsController, PoolMetrics } from './metrics.controller';
import { RequestObserver } from './request-observer';

const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** Adds a constant whose labels are the versions of an installation. */
function addBuildInfo(registry: Registry): void {
  new Gauge({
    name: 'phaseline_build_info',
    help: 'The version of Phaseline and of Node.js. The value is always 1.',
    labelNames: ['version', 'node'],
    registers: [registry],
  }).set({ version: API_VERSION, node: process.version }, 1);
}

/** Health checks and metrics. Global, because all modules register metrics in its registry. */
@Global()
@Module({
  controllers: [HealthController, MetricsController],
  providers: [
    {
      provide: Registry,
      useFactory: () => {
        const registry = new Registry();
        collectDefaultMetrics({ register: registry });
        // Gauges whose names say that they are counters. The same figures exist by type.
        for (const name of MISNAMED) registry.removeSingleMetric(name);
        addBuildInfo(registry);
        return registry;
      },
    },
    RequestObserver,
    PoolMetrics,
    ReadinessService,
  ],
  exports: [Registry],
})
export class OperationsModule {}
