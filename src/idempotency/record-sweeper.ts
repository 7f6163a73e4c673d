import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { inTransaction } from '../database/transaction';

/** How long records are kept. */
const RETENTION_HOURS = 24;

/** The time between two sweeps, in milliseconds. */
const INTERVAL = 60_000;

/** Records that one statement deletes at most. */
const BATCH = 500;

/** Deletes idempotency records after their retention, in small batches. Any number of replicas may sweep at once. */
@Injectable()
export class RecordSweeper implements OnModuleInit, OnApplicationShutdown {
  private timer?: NodeJS.Timeout;
  private sweeping: Promise<unknown> = Promise.resolve();
  private readonly logger = new Logger('idempotency');

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  onModuleInit(): void {
    this.timer = setInterval(() => {
      this.sweeping = this.sweep().catch((error: Error) =>
        this.logger.warn(`Deleting old idempotency records failed: ${error.message}`),
      );
    }, INTERVAL);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.sweeping;
  }

  /** @returns the number of deleted records */
  async sweep(): Promise<number> {
    for (let total = 0; ;) {
      const [, deleted] = await inTransaction(this.dataSource, (manager) =>
        manager.query<[unknown, number]>(
          `DELETE FROM idempotency_keys WHERE (scope, key) IN (
             SELECT scope, key FROM idempotency_keys
               WHERE created_at < clock_timestamp() - interval '${RETENTION_HOURS} hours'
               ORDER BY created_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`,
        ),
      );
      total += deleted;
      if (deleted < BATCH) return total;
    }
  }
}
