import { Global, Module } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { HealthController, ReadinessService } from './health.controller';
import { MetricsController, PoolMetrics } from './metrics.controller';
import { RequestObserver } from './request-observer';

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
