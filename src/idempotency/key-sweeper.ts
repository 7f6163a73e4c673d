import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';

/** How long answers are kept. */
export const KEPT_HOURS = 24;

/** How often old answers are looked for, in milliseconds. */
const EVERY = 60_000;

/** So few at once that nobody notices. */
const BATCH = 500;

/** Forgets answers that have been kept long enough, in small batches. Any number of replicas may sweep at once. */
@Injectable()
export class KeySweeper implements OnModuleInit, OnApplicationShutdown {
  private timer?: NodeJS.Timeout;
  private sweeping: Promise<unknown> = Promise.resolve();
  private readonly logger = new Logger('idempotency');

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  onModuleInit(): void {
    this.timer = setInterval(() => (this.sweeping = this.sweepQuietly()), EVERY);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.sweeping;
  }

  /** @returns how many answers were forgotten */
  async sweep(): Promise<number> {
    for (let all = 0; ;) {
      const [, swept] = await this.dataSource.query<[unknown, number]>(
        `DELETE FROM idempotency_keys WHERE (scope, key) IN (
           SELECT scope, key FROM idempotency_keys WHERE created_at < clock_timestamp() - interval '${KEPT_HOURS} hours'
             ORDER BY created_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`,
      );
      all += swept;
      if (swept < BATCH) return all;
    }
  }

  private async sweepQuietly(): Promise<void> {
    await this.sweep().catch((error: Error) => this.logger.warn(`Old answers stay for now: ${error.message}`));
  }
}
