import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { errorCode, readIfThere } from './files';
import { isAlive } from './start-lock';

const LOCK_FILE = 'postmaster.pid';
const POLL_MS = 50;
const PATIENCE_MS = 60_000;
const TELL_AFTER_MS = 2_000;

/** What a server says when asked which cluster it serves. */
export type Answer = { state: 'ours'; version: string } | { state: 'foreign' | 'silent' | 'refused'; reason: string };

/** A server that somebody else has started on the cluster. */
export interface RunningServer {
  port: number;
  version: string;
}

/** A connection with nothing taken from PGSSLMODE and the like, and no unhandled errors. */
export function createClient(url: string): Client {
  const client = new Client({ connectionString: url, ssl: false, connectionTimeoutMillis: 5_000, keepAlive: true });
  client.on('error', () => undefined);
  return client;
}

/** Asks over an authenticated connection: a process id or a port alone could be anybody's. */
export async function askServer(url: string, cluster: string): Promise<Answer> {
  const client = createClient(url);
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
    if (refused) return { state: 'refused', reason: `PostgreSQL refuses the kept password: ${String(error)}` };
    return { state: 'silent', reason: String(error) };
  } finally {
    client.end().catch(() => undefined);
  }
}

/**
 * Finds the server that runs on the cluster already, waiting for one that is starting or stopping.
 * A lock file that no living server holds is removed where PostgreSQL would be taken in by it.
 *
 * @throws Error when a server holds the cluster but cannot be used
 */
export async function findRunningServer(
  cluster: string,
  urlOf: (port: number) => string,
  report: (line: string) => void,
): Promise<RunningServer | undefined> {
  for (let waited = 0; ; waited += POLL_MS) {
    const { pid, port, accepting } = readLockFile(cluster);
    if (pid === undefined) return undefined;
    const answer: Answer = accepting
      ? await askServer(urlOf(port), cluster)
      : { state: 'silent', reason: 'It is not ready' };
    if (answer.state === 'ours') return { port, version: answer.version };
    if (!isServerOf(pid, cluster)) return removeStale(cluster, pid);
    if (answer.state === 'refused') throw new Error(answer.reason);
    if (waited >= PATIENCE_MS)
      throw new Error(`The process ${pid} holds ${cluster} and gives no answer: ${answer.reason}.`);
    if (waited === TELL_AFTER_MS) report(`Waiting for the PostgreSQL that starts or stops here (process ${pid}).`);
    await sleep(POLL_MS);
  }
}

/** What a cluster's postmaster.pid says, true or not. */
export interface LockFile {
  /** NaN when the file is damaged, absent when there is none. */
  pid?: number;
  port: number;
  /** Asking a server that is not, it would log a FATAL error each time. */
  accepting: boolean;
}

/** Reads postmaster.pid: process id, directory, start time, port, socket, address, shared memory, status. */
export function readLockFile(cluster: string): LockFile {
  const lines = readIfThere(join(cluster, LOCK_FILE))?.split('\n');
  if (!lines) return { port: 0, accepting: false };
  const port = Number(lines[3] ?? 0) || 0;
  return { pid: lines[0] ? Number(lines[0]) : NaN, port, accepting: port > 0 && lines[7]?.trim() === 'ready' };
}

/** PostgreSQL sees through a dead process id by itself; not through one that is another program's now, or through damage. */
function removeStale(cluster: string, pid: number): undefined {
  if (Number.isNaN(pid) || isAlive(pid)) rmSync(join(cluster, LOCK_FILE), { force: true });
}

function isServerOf(pid: number, cluster: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return false;
  const command = commandLineOf(pid);
  // Where the command line cannot be seen, waiting is the safe side.
  return command === undefined || command.includes(`-D ${cluster} `);
}

function commandLineOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    }
    if (process.platform === 'darwin') return execFileSync('ps', ['-o', 'command=', '-p', String(pid)]).toString();
  } catch (error) {
    // It has ended since.
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ESRCH') return '';
  }
  return undefined;
}
