import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, fstatSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runAs } from './account';
import type { Installation } from './cluster';
import { clusterOf } from './directory';
import { openLog, readIfThere, readLogEnd } from './files';
import { sharedBuffersOf } from './memory';
import { askServer, readLockFile } from './probe';

const READY_POLL_MS = 20;
// It accepts connections and yet has none for us: after two seconds that is no matter of time any more.
const PATIENT_REFUSALS = 100;
const STILL_STARTING_MS = 10_000;
const FAST_SHUTDOWN_MS = 20_000;

const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  // Nobody needs one, its path has a length limit, and a second way in is a second thing to protect.
  unix_socket_directories: '',
  // Pools of several applications on one directory.
  max_connections: '100',
  // The tickets at work are to fit in memory; the default of 128MB is meant for machines of long ago.
  shared_buffers: sharedBuffersOf(totalmem(), process.constrainedMemory()),
  timezone: 'UTC',
  log_timezone: 'UTC',
  // A transaction that was forgotten holds its locks for at most this long.
  idle_in_transaction_session_timeout: '15s',
  // Fewer checkpoints write fewer full pages, the larger part of WAL under many small transactions.
  max_wal_size: '4GB',
  checkpoint_timeout: '10min',
  // The application keeps the file (see openLog), so it also shows what went wrong before any collector would run.
  logging_collector: 'off',
};

const THROW_AWAY: Record<string, string> = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '128MB',
};

// What another attempt can cure: a port taken meanwhile, processes of a killed server that are still ending.
const PASSING = /Address already in use|shared memory block|lock file/;

/** The server did not come up, or went away. */
export class ServerGone extends Error {
  /** Whether the same start is likely to work a moment later. */
  readonly passing: boolean;

  constructor(message: string, { cause, passing }: { cause?: unknown; passing?: boolean } = {}) {
    super(message, { cause });
    this.passing = passing ?? PASSING.test(message);
  }
}

/** A PostgreSQL server that is a child of this process. */
export class ChildServer {
  /** Settles when the process has ended, with the reason. */
  readonly gone: Promise<ServerGone>;
  private reason?: ServerGone;

  private constructor(
    private readonly child: ChildProcess,
    logEnd: () => string,
  ) {
    this.gone = new Promise((resolve) => {
      const end = (what: string) => {
        this.reason ??= new ServerGone(`PostgreSQL ended (${what}).\n${logEnd()}`);
        resolve(this.reason);
      };
      child.once('error', (error) => end(error.message));
      child.once('exit', (code, signal) => end(signal ? `signal ${signal}` : `exit code ${code}`));
    });
  }

  /** Starts the program; {@link ready} tells when it serves. */
  static launch(installation: Installation, port: number): ChildServer {
    const { binaries, directory, account, durable, settings } = installation;
    const all = { ...SETTINGS, ...(durable ? {} : THROW_AWAY), ...settings };
    const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const logFile = join(directory, 'postgres.log');
    const log = openLog(logFile);
    const start = fstatSync(log).size;
    const child = spawn(binaries.postgres, ['-D', clusterOf(directory), '-p', String(port), ...options], {
      ...runAs(account),
      stdio: ['ignore', 'ignore', log],
      detached: true, // Ctrl-C must not stop it before the application has drained.
    });
    closeSync(log);
    child.unref();
    return new ChildServer(child, () => readLogEnd(logFile, start));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /**
   * Waits until the server answers, as long as that takes: recovery after a crash may need minutes.
   *
   * @returns the server's version
   * @throws ServerGone when the process ends instead
   */
  async ready(url: string, cluster: string, report: (line: string) => void): Promise<string> {
    let refusals = 0;
    for (let waited = 0; !this.reason; waited += READY_POLL_MS) {
      const { pid, accepting } = readLockFile(cluster);
      const answer = pid === this.pid && accepting ? await askServer(url, cluster) : undefined;
      if (answer?.state === 'ours') return answer.version;
      if (answer && (answer.state === 'refused' || ++refusals > PATIENT_REFUSALS)) throw new Error(answer.reason);
      if (waited > 0 && waited % STILL_STARTING_MS === 0) report('PostgreSQL is still starting (recovering).');
      await sleep(READY_POLL_MS);
    }
    throw this.reason;
  }

  /** Fast shutdown: open transactions are rolled back. After 20 s without effect the server is stopped the hard way. */
  async stop(): Promise<void> {
    if (this.reason) return;
    this.child.ref();
    this.child.kill('SIGINT');
    const lastResort = setTimeout(() => this.child.kill('SIGQUIT'), FAST_SHUTDOWN_MS);
    await this.gone;
    clearTimeout(lastResort);
  }
}

/** The port of the last start if it is still free, else any free one. */
export async function choosePort(directory: string): Promise<number> {
  const remembered = Number(readIfThere(join(directory, 'port')) ?? 0);
  const valid = Number.isInteger(remembered) && remembered > 0 && remembered < 65_536;
  return (valid && (await findFree(remembered))) || (await findFree(0)) || choosePort(directory);
}

function findFree(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const { port: free } = server.address() as AddressInfo;
      server.close(() => resolve(free));
    });
  });
}
