import { readFileSync, realpathSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '../connection';
import { errorCode } from './files';
import { isAlive, isServerOf, readLockFile, removeStaleLock, type ListenAddress } from './lock-file';

const POLL_MS = 50;
const HEARTBEAT_MS = 1_000;
const ABANDONED_AFTER_MS = 10_000;
const SERVER_TIMEOUT_MS = 60_000;
const REPORT_AFTER_MS = 2_000;
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Runs `work` while no other process starts, initialises or cleans up the same data directory.
 *
 * The lock saves work and messages. Without it no data are at risk, because PostgreSQL itself refuses a second server.
 *
 * @param isCancelled ends the wait when it returns true
 * @returns the result of `work`, or `undefined` when the wait was cancelled
 */
export async function withStartLock<T>(
  directory: string,
  report: (line: string) => void,
  isCancelled: () => boolean,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const file = join(directory, 'starting');
  for (let waits = 0; !take(file); waits++) {
    if (isAbandoned(file)) rmSync(file, { force: true });
    else if (waits === 0) report('Waiting for another application that is starting PostgreSQL here.');
    await sleep(POLL_MS);
    if (isCancelled()) return undefined;
  }
  // The age of the file distinguishes a working holder from a killed one whose process id was reused.
  const heartbeat = setInterval(() => touch(file), HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if (holderOf(file) === process.pid) rmSync(file, { force: true });
  }
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
  // An empty file is being written at this moment.
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
    // Another process took this one for dead and removed the file. The work goes on; PostgreSQL's own lock decides.
  }
}

/** The result of {@link checkServer}. */
export type ServerCheck =
  { state: 'ours'; version: string } | { state: 'foreign' | 'silent' | 'refused'; reason: string };

/** A server that another application has started on the cluster. */
export interface RunningServer {
  address: ListenAddress;
  version: string;
}

/** Checks which cluster a server serves, over an authenticated connection. A process id or a port proves nothing. */
export async function checkServer(url: string, cluster: string): Promise<ServerCheck> {
  const client = createClient(url, { connectTimeout: CONNECT_TIMEOUT_MS });
  try {
    await client.connect();
    const { rows } = await client.query<{ directory: string; version: string }>(
      "SELECT current_setting('data_directory') AS directory, current_setting('server_version') AS version",
    );
    const [row] = rows;
    if (!row || realpathSync(row.directory) !== realpathSync(cluster))
      return { state: 'foreign', reason: `It serves ${row?.directory}, not ${cluster}.` };
    return { state: 'ours', version: row.version };
  } catch (error) {
    const refused = errorCode(error)?.startsWith('28') ?? false;
    if (refused) return { state: 'refused', reason: `PostgreSQL rejects the stored password: ${String(error)}` };
    return { state: 'silent', reason: String(error) };
  } finally {
    client.end().catch(() => undefined);
  }
}

/**
 * Finds the server that runs on the cluster, and waits for one that is starting or stopping. Removes a stale lock file
 * that would keep PostgreSQL from starting.
 *
 * @throws Error when a server holds the cluster but cannot be used
 */
export async function findRunningServer(
  cluster: string,
  urlAt: (address: ListenAddress) => string,
  report: (line: string) => void,
): Promise<RunningServer | undefined> {
  for (let waited = 0; ; waited += POLL_MS) {
    const { pid, address, accepting } = readLockFile(cluster);
    if (pid === undefined) return undefined;
    // Comes before a connection: another process may listen there since the server ended.
    if (!isServerOf(pid, cluster)) return removeStaleLock(cluster, pid) as undefined;
    const check: ServerCheck = accepting
      ? await checkServer(urlAt(address), cluster)
      : { state: 'silent', reason: 'It is not ready' };
    if (check.state === 'ours') return { address, version: check.version };
    if (check.state === 'refused') throw new Error(check.reason);
    if (waited >= SERVER_TIMEOUT_MS)
      throw new Error(`The process ${pid} holds ${cluster} and does not respond: ${check.reason}.`);
    if (waited === REPORT_AFTER_MS) report(`Waiting for PostgreSQL to start or stop here (process ${pid}).`);
    await sleep(POLL_MS);
  }
}
