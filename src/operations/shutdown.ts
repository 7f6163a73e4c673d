import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { printable } from '../terminal/printable';

/** How long a shutdown waits for running requests, in milliseconds. */
const SHUTDOWN_TIMEOUT = 15_000;

/** Interval at which a server that npm started checks that npm still runs, in milliseconds. */
const PARENT_CHECK = 500;

/**
 * Ends the process once and in order. The server first announces its end, and keeps serving for a grace period. Then each
 * step ends one part of it: the application, which finishes its requests, then its database.
 */
export class Shutdown {
  private readonly steps: (() => Promise<void>)[] = [];
  private announce: (() => void) | undefined;
  private stopping = false;

  /**
   * @param grace how long the server serves requests after the announcement, in seconds
   * @param report writes a line for people
   */
  constructor(
    private readonly logger: Logger,
    private readonly grace: number,
    private readonly report: (line: string) => void,
  ) {
    // Ctrl-C arrives more than once: from the terminal, and again from npm.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void this.end(0));
    if (process.env['npm_lifecycle_event'] !== undefined) this.followParent();
  }

  /** Ends with npm, also when npm is killed and cannot forward a signal. */
  private followParent(): void {
    const parent = process.ppid;
    const timer = setInterval(() => process.ppid !== parent && void this.end(0), PARENT_CHECK);
    timer.unref();
  }

  addFirst(step: () => Promise<void>): void {
    this.steps.unshift(step);
  }

  addLast(step: () => Promise<void>): void {
    this.steps.push(step);
  }

  /** Sets how the server announces its end to clients and load balancers. */
  onAnnounce(announce: () => void): void {
    this.announce = announce;
  }

  /** Reports that the start failed, and stops what it has started. */
  afterFailedStart(error: Error): Promise<void> {
    process.stderr.write(`Phaseline could not start.\n${printable(error.message)}\n`);
    return this.end(1);
  }

  afterFailure(error: Error): Promise<void> {
    this.logger.fatal({ err: error }, error.message);
    return this.end(1);
  }

  private async end(code: number): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    this.announce?.();
    this.report('Stopping …');
    // After a failure, the server cannot serve requests any more.
    if (code === 0 && this.announce !== undefined) await sleep(this.grace * 1_000);
    const timer = setTimeout(() => {
      this.logger.error(`Requests are still running after ${SHUTDOWN_TIMEOUT} ms. Stopping anyway`);
      process.exit(1);
    }, SHUTDOWN_TIMEOUT);
    for (const step of this.steps)
      await step().catch((error: Error) => this.logger.error({ err: error }, error.message));
    clearTimeout(timer);
    this.report('Stopped.');
    process.exit(code);
  }
}
