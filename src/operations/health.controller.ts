import { ApiProperty } from '@nestjs/swagger';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { requireWritable } from '../database/transaction';
import { Endpoint, Endpoints } from '../http/openapi/endpoint';
import { DomainError } from '../problems/domain-error';

/** The time for the database to respond before it counts as unavailable, in milliseconds. */
const TIMEOUT = 2_000;

/** The time that the result of a check is reused, in milliseconds. */
const CACHE_TIME = 1_000;

/** Checks whether this process can serve requests. */
@Injectable()
export class ReadinessService implements OnModuleDestroy {
  private closing = false;
  /** The running check, or the last one for a second after its end. */
  private check: Promise<unknown> | undefined;

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  onModuleDestroy(): void {
    this.beginShutdown();
  }

  /** Reports the process as not ready from now on. */
  beginShutdown(): void {
    this.closing = true;
  }

  /** @throws DomainError `busy` while the process is shutting down, or the database does not respond or accepts reads only */
  async requireReady(): Promise<void> {
    if (this.closing) throw new DomainError('busy', 'The process is shutting down.');
    this.check ??= within(TIMEOUT, requireWritable(this.dataSource)).finally(() => {
      setTimeout(() => (this.check = undefined), CACHE_TIME).unref();
    });
    await this.check;
  }
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const detail = `The database did not respond within ${milliseconds} ms.`;
    timer = setTimeout(() => reject(new DomainError('busy', detail)), milliseconds);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

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
      'Send no requests while this check fails: the database is unavailable or accepts reads only, or the process is ' +
      'shutting down.',
    returns: { type: HealthDto, description: 'The process can serve requests.' },
  })
  async getReadiness(): Promise<HealthDto> {
    await this.readiness.requireReady();
    return { status: 'ok' };
  }
}
