import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, fstatSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Installation } from './cluster';
import { clusterOf, runAs } from './data-directory';
import { settingsOf } from './listen-address';
import { openServerLog, readLogEnd } from './files';
import { readLockFile, type ListenAddress } from './lock-file';
import { sharedBuffersOf } from './memory';
import { checkServer } from './shared-directory';

const READY_POLL_MS = 20;
// Failed checks of a server that accepts connections: after two seconds more time does not help.
const FAILED_CHECKS = 100;
const STILL_STARTING_MS = 10_000;
const FAST_SHUTDOWN_MS = 20_000;

const SETTINGS: Record<string, string> = {
  // Several applications may share a directory, each with its pools.
  max_connections: '100',
  // Active tickets should fit in memory. The default of 128MB is too small for that.
  shared_buffers: sharedBuffersOf(totalmem(), process.constrainedMemory()),
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Limits how long an abandoned transaction holds its locks.
  idle_in_transaction_session_timeout: '15s',
  // Fewer checkpoints write fewer full pages, which are most of the WAL under many small transactions.
  max_wal_size: '4GB',
  checkpoint_timeout: '10min',
  // The application opens the log file (see openServerLog), so the log also shows errors before a collector would run.
  logging_collector: 'off',
};

const THROW_AWAY: Record<string, string> = {
  fsync: 'off',
  full_page_writes: 'off',
  shared_buffers: '128MB',
};

// Temporary failures: a port taken meanwhile, processes of a killed server that are still ending.
const TEMPORARY = /Address already in use|shared memory block|lock file/;

/** The server failed to start, or ended. */
export class ServerGone extends Error {
  /** True when the same start is likely to succeed a moment later. */
  readonly isTemporary: boolean;

  constructor(message: string, { cause, isTemporary }: { cause?: unknown; isTemporary?: boolean } = {}) {
    super(message, { cause });
    this.isTemporary = isTemporary ?? TEMPORARY.test(message);
  }
}

/** A PostgreSQL server that is a child of this process. */
export class PostgresServer {
  /** Resolves with the reason when the process has ended. */
  readonly gone: Promise<ServerGone>;
  private reason?: ServerGone;

  private constructor(
    private readonly child: ChildProcess,
    logEnd: () => string,
  ) {
    this.gone = new Promise((resolve) => {
      const end = (how: string) => {
        this.reason ??= new ServerGone(`PostgreSQL ended (${how}).\n${logEnd()}`);
        resolve(this.reason);
      };
      child.once('error', (error) => end(error.message));
      child.once('exit', (code, signal) => end(signal ? `signal ${signal}` : `exit code ${code}`));
    });
  }

  /** Starts the program. {@link ready} waits until it accepts connections. */
  static launch(installation: Installation, address: ListenAddress): PostgresServer {
    const { binaries, directory, account, durable, settings } = installation;
    const all = { ...SETTINGS, ...(durable ? {} : THROW_AWAY), ...settings, ...settingsOf(address) };
    const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const logFile = join(directory, 'postgres.log');
    const log = openServerLog(logFile);
    const start = fstatSync(log).size;
    const child = spawn(binaries.postgres, ['-D', clusterOf(directory), ...options], {
      ...runAs(account),
      stdio: ['ignore', 'ignore', log],
      detached: true, // Ctrl-C must not stop it before the application has finished its requests.
    });
    closeSync(log);
    child.unref();
    return new PostgresServer(child, () => readLogEnd(logFile, start));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /**
   * Waits until the server responds, without a time limit: recovery after a crash may take minutes.
   *
   * @returns the server's version
   * @throws ServerGone when the process ends
   */
  async ready(url: string, cluster: string, report: (line: string) => void): Promise<string> {
    let failed = 0;
    for (let waited = 0; !this.reason; waited += READY_POLL_MS) {
      const { pid, accepting } = readLockFile(cluster);
      const check = pid === this.pid && accepting ? await checkServer(url, cluster) : undefined;
      if (check?.state === 'ours') return check.version;
      if (check && (check.state === 'refused' || ++failed > FAILED_CHECKS)) throw new Error(check.reason);
      if (waited > 0 && waited % STILL_STARTING_MS === 0) report('PostgreSQL is still starting (recovering).');
      await sleep(READY_POLL_MS);
    }
    throw this.reason;
  }

  /** Shuts down fast, which rolls back open transactions. After 20 s the server is stopped immediately. */
  async stop(): Promise<void> {
    if (this.reason) return;
    this.child.ref();
    this.child.kill('SIGINT');
    const lastResort = setTimeout(() => this.child.kill('SIGQUIT'), FAST_SHUTDOWN_MS);
    await this.gone;
    clearTimeout(lastResort);
  }
}
