import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { DomainError } from '../problems/domain-error';

/** How long the database may take to answer, in milliseconds, before it counts as away. */
const PATIENCE = 2_000;

/** Whether this process can serve requests. */
@Injectable()
export class ReadinessService implements OnModuleDestroy {
  private closing = false;

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  onModuleDestroy(): void {
    this.closing = true;
  }

  /** @throws DomainError `busy` while the process shuts down, and while the database does not answer */
  async requireReady(): Promise<void> {
    if (this.closing) throw new DomainError('busy', 'The process is shutting down.');
    await within(PATIENCE, this.dataSource.query('SELECT 1'));
  }
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const detail = `The database did not answer within ${milliseconds} ms.`;
    timer = setTimeout(() => reject(new DomainError('busy', detail)), milliseconds);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
