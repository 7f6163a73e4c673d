import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from './files';

const HEARTBEAT_MS = 1_000;
const ABANDONED_AFTER_MS = 10_000;
const POLL_MS = 50;

/** What a process that waits for the lock does besides waiting. */
export interface Waiting {
  report: (line: string) => void;
  /** True as soon as there is no reason to wait any longer. */
  cancelled: () => boolean;
}

/**
 * Runs `work` while no other process starts, initialises or cleans up the same data directory.
 *
 * The lock spares work and messages; a broken one does no harm, since PostgreSQL itself refuses a second server.
 *
 * @returns what `work` returns, or `undefined` when the wait was cancelled
 */
export async function withStartLock<T>(
  directory: string,
  waiting: Waiting,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const file = join(directory, 'starting');
  if (!(await acquire(file, waiting))) return undefined;
  // The file's age tells a holder that is at work from one that was killed and whose process id lives on in another.
  const heartbeat = setInterval(() => touch(file), HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if (holderOf(file) === process.pid) rmSync(file, { force: true });
  }
}

async function acquire(file: string, { report, cancelled }: Waiting): Promise<boolean> {
  for (let waits = 0; !cancelled(); waits++) {
    if (take(file)) return true;
    if (isAbandoned(file)) rmSync(file, { force: true });
    else if (waits === 0) report('Waiting for another application that is starting PostgreSQL here.');
    await sleep(POLL_MS);
  }
  return false;
}

function take(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

function isAbandoned(file: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) return false;
  if (Date.now() - found.mtimeMs > ABANDONED_AFTER_MS) return true;
  const holder = holderOf(file);
  // An empty file is one that is being written this very moment.
  return holder > 0 && !isAlive(holder);
}

function holderOf(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}

function touch(file: string): void {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // Gone: somebody took this process for dead. Its work goes on, PostgreSQL's own lock decides.
  }
}

/** Whether a process with this id exists, whoever it belongs to. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}
