import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { Histogram, Registry } from 'prom-client';
import { pathOf } from '../http/problems/problem.filter';

/** The methods that are labels; clients can send more than thirty others to every route. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'PUT']);

/** Records the duration of every request by route and status, and logs requests at debug level. */
@Injectable()
export class RequestObserver implements OnModuleInit {
  private readonly durations: Histogram<'method' | 'route' | 'status'>;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    registry: Registry,
  ) {
    this.durations = new Histogram({
      name: 'phaseline_http_request_duration_seconds',
      help: 'Time from the arrival of a request to the end of its response, by route and status.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers: [registry],
    });
  }

  onModuleInit(): void {
    const fastify: FastifyInstance = this.adapterHost.httpAdapter.getInstance();
    fastify.addHook('onResponse', (request, reply, done) => {
      this.observe(request, reply);
      done();
    });
  }

  private observe(request: FastifyRequest, reply: FastifyReply): void {
    const milliseconds = reply.elapsedTime;
    const { statusCode: status } = reply;
    // The pattern of the route, not the URL: clients must not be able to create labels.
    const route = request.routeOptions.url ?? 'unknown';
    const method = METHODS.has(request.method) ? request.method : 'other';
    this.durations.observe({ method, route, status }, milliseconds / 1_000);
    const log = request.log as Partial<Logger>;
    if (!log.isLevelEnabled?.('debug')) return;
    const facts = {
      method: request.method,
      path: pathOf(request.url),
      status,
      milliseconds: Math.round(milliseconds * 10) / 10,
    };
    log.debug!(facts, 'request');
  }
}
