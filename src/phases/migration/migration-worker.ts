import { Injectable, Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { planMigration } from '../../machine/migration';
import { CommittedEvents } from '../../tickets/committed-events';
import { Ticket } from '../../tickets/ticket.entity';
import { WorkflowService } from '../../workflows/workflow.service';
import { LockStatements } from '../phase.statements';
import { migrateBatch, type MigrationRun, type MigrationTools } from './migration-batch';
import { listUnfinished, type MigrationRow } from './migration-run.statements';

/** Milliseconds between two searches for unfinished runs of other replicas. */
const INTERVAL = 2_000;

/** After a batch the worker pauses for as long as the batch took, but at most this many milliseconds. */
const LONGEST_PAUSE = 250;

/**
 * Works on all unfinished runs, batch by batch. When a replica stops or crashes, another one continues its runs within
 * seconds. Replicas that work on one run take turns.
 */
@Injectable()
export class MigrationWorker implements OnModuleInit, BeforeApplicationShutdown {
  private readonly tools: MigrationTools;
  private readonly logger = new Logger('migration');
  private timer?: NodeJS.Timeout;
  private working?: Promise<void>;
  private isRequested = false;
  private isStopping = false;
  private lastFailure?: string;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly workflows: WorkflowService,
    committed: CommittedEvents,
  ) {
    const statements = new LockStatements(dataSource.getMetadata(Ticket));
    this.tools = { dataSource, statements, signal: committed.signal };
  }

  onModuleInit(): void {
    this.timer = setInterval(() => this.wake(), INTERVAL);
    this.timer.unref();
  }

  /** Finishes the current batch while connections are open; another replica continues the run. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    clearInterval(this.timer);
    await this.working;
  }

  /** Searches for unfinished runs now. */
  wake(): void {
    this.isRequested = true;
    this.working ??= this.workWhileRequested().finally(() => (this.working = undefined));
  }

  private async workWhileRequested(): Promise<void> {
    while (this.isRequested && !this.isStopping) {
      this.isRequested = false;
      await this.work().catch((error: Error) => this.reportFailure(error));
    }
  }

  /** Runs a batch of each run in turn, until no run is available. A run that fails does not stop the others. */
  private async work(): Promise<void> {
    for (let isBusy = true; isBusy;) {
      isBusy = false;
      let hasFailed = false;
      for (const row of await listUnfinished(this.dataSource.manager)) {
        if (this.isStopping) return;
        const wasAvailable = await this.workOn(row).catch((error: Error) => this.reportFailure(error));
        isBusy ||= wasAvailable === true;
        hasFailed ||= wasAvailable === undefined;
      }
      if (!hasFailed) this.lastFailure = undefined;
    }
  }

  /** Logs a failure once until it is resolved: an unreachable database would fail every few seconds. */
  private reportFailure({ message }: Error): undefined {
    if (message !== this.lastFailure) this.logger.warn(`Migrations are paused: ${message}`);
    this.lastFailure = message;
  }

  /** @returns false if the run was not available */
  private async workOn(row: MigrationRow): Promise<boolean> {
    const started = performance.now();
    const state = await migrateBatch(this.tools, await this.prepare(row));
    if (state === 'unavailable') return false;
    if (state === 'finished') this.logger.log(`Migration ${row.id} of ${row.workflow} finished`);
    await sleep(Math.min(performance.now() - started, LONGEST_PAUSE));
    return true;
  }

  /** Loads both versions before the transaction begins: it may hold the only connection. */
  private async prepare({ phases, ...row }: MigrationRow): Promise<MigrationRun> {
    const { fromGraphId, toGraphId } = row;
    await this.workflows.know([fromGraphId, toGraphId]);
    const [from, to] = [this.workflows.graphOf(fromGraphId), this.workflows.graphOf(toGraphId)];
    return { ...row, plan: planMigration(from, to, Object.fromEntries(phases)) };
  }
}
