import { Injectable, Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { planMigration } from '../../machine/migration';
import { Ticket } from '../../tickets/ticket.entity';
import { WorkflowService } from '../../workflows/workflow.service';
import { LockStatements } from '../commit/transition.statements';
import { migrateBatch, type MigrationTools } from './migration-batch';
import { readUnfinished, type MigrationRow, type MigrationRun } from './migration-run';

/** How often a replica looks for runs that others have left, in milliseconds. */
const EVERY = 2_000;

/** A pause is as long as the batch before it, so that a run takes half of a database's time at most; but no longer than this. */
const LONGEST_PAUSE = 250;

/**
 * Works on runs, batch by batch, whoever asked for them: what a replica leaves undone, because it was stopped or has died, another
 * finds within seconds. Replicas that work on one run take turns.
 */
@Injectable()
export class MigrationWorker implements OnModuleInit, BeforeApplicationShutdown {
  private readonly tools: MigrationTools;
  private readonly logger = new Logger('migration');
  private timer?: NodeJS.Timeout;
  private working?: Promise<void>;
  private isWanted = false;
  private isStopping = false;
  private lastFailure?: string;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly workflows: WorkflowService,
  ) {
    this.tools = { dataSource, statements: new LockStatements(dataSource.getMetadata(Ticket)) };
  }

  onModuleInit(): void {
    this.timer = setInterval(() => this.wake(), EVERY);
    this.timer.unref();
  }

  /** The batch under way is finished while there are connections; the next replica goes on from there. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    clearInterval(this.timer);
    await this.working;
  }

  /** Looks for work now, for whoever has just made some. */
  wake(): void {
    this.isWanted = true;
    this.working ??= this.workWhileWanted().finally(() => (this.working = undefined));
  }

  private async workWhileWanted(): Promise<void> {
    while (this.isWanted && !this.isStopping) {
      this.isWanted = false;
      await this.work().catch((error: Error) => this.reportFailure(error));
    }
  }

  /** Makes a batch of every run in turn, until none is left that is free. One that fails keeps no other from going on. */
  private async work(): Promise<void> {
    for (let isBusy = true; isBusy;) {
      isBusy = false;
      let hasFailed = false;
      for (const row of await readUnfinished(this.dataSource.manager)) {
        if (this.isStopping) return;
        const wasFree = await this.workOn(row).catch((error: Error) => this.reportFailure(error));
        isBusy ||= wasFree === true;
        hasFailed ||= wasFree === undefined;
      }
      if (!hasFailed) this.lastFailure = undefined;
    }
  }

  /** Once, until it works again: a database that is away would be reported every few seconds. */
  private reportFailure({ message }: Error): undefined {
    if (message !== this.lastFailure) this.logger.warn(`Migrations stay where they are for now: ${message}`);
    this.lastFailure = message;
  }

  /** @returns whether the run was free */
  private async workOn(row: MigrationRow): Promise<boolean> {
    const started = performance.now();
    const outcome = await migrateBatch(this.tools, await this.prepare(row));
    if (outcome === 'elsewhere') return false;
    if (outcome === 'finished') this.logger.log(`Migration ${row.id} of ${row.workflow} has finished`);
    await sleep(Math.min(performance.now() - started, LONGEST_PAUSE));
    return true;
  }

  /** Asks nothing while a transaction is open: it may have the only connection. */
  private async prepare({ places, ...row }: MigrationRow): Promise<MigrationRun> {
    const { fromGraphId, toGraphId } = row;
    await this.workflows.know([fromGraphId, toGraphId]);
    const [from, to] = [this.workflows.graphOf(fromGraphId), this.workflows.graphOf(toGraphId)];
    return { ...row, plan: planMigration(from, to, Object.fromEntries(places)) };
  }
}
