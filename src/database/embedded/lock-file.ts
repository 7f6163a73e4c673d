import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, readIfThere } from './files';

const LOCK_FILE = 'postmaster.pid';

/** Where a server listens: a port of 127.0.0.1, or a socket in a directory. The port is a part of a socket's name. */
export interface ListenAddress {
  /** An address, or the directory of a socket, which begins with `/`. */
  readonly host: string;
  readonly port: number;
}

/** Contents of a cluster's postmaster.pid, which may be out of date. */
export interface LockFile {
  /** NaN when the file is damaged, absent when there is none. */
  readonly pid?: number;
  readonly address: ListenAddress;
  /** A connection to a server that is not accepting makes it log a FATAL error. */
  readonly accepting: boolean;
}

/** Reads postmaster.pid: process id, directory, start time, port, socket directory, address, shared memory, status. */
export function readLockFile(cluster: string): LockFile {
  const lines = readIfThere(join(cluster, LOCK_FILE))?.split('\n');
  const address = { host: lines?.[4]?.trim() || '127.0.0.1', port: Number(lines?.[3] ?? 0) || 0 };
  if (!lines) return { address, accepting: false };
  const accepting = address.port > 0 && lines[7]?.trim() === 'ready';
  return { pid: lines[0] ? Number(lines[0]) : NaN, address, accepting };
}

/** Removes a lock file that would keep PostgreSQL from starting: it recognizes a dead process id, but not a reused one. */
export function removeStaleLock(cluster: string, pid: number): void {
  if (Number.isNaN(pid) || isAlive(pid)) rmSync(join(cluster, LOCK_FILE), { force: true });
}

/** Returns true while the process that postmaster.pid names is the server of the cluster. */
export function isServed(cluster: string): boolean {
  const { pid } = readLockFile(cluster);
  return pid !== undefined && isServerOf(pid, cluster);
}

/** Returns true when a process is a PostgreSQL of the cluster's owner that serves the cluster. */
export function isServerOf(pid: number, cluster: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return false;
  const command = commandLineOf(pid);
  // Waiting is the safe choice where the command line cannot be read.
  if (command === undefined) return true;
  return command.includes(`-D ${cluster} `) && hasOwnerOf(cluster, pid);
}

/** Returns true when a process with this id exists, under any account. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** Compares the account of a process with the owner of the cluster: any user can choose the arguments of a process. */
function hasOwnerOf(cluster: string, pid: number): boolean {
  if (process.platform !== 'linux') return true;
  const owner = statSync(cluster, { throwIfNoEntry: false })?.uid;
  return owner !== undefined && statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === owner;
}

function commandLineOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    }
    if (process.platform === 'darwin') return execFileSync('ps', ['-o', 'command=', '-p', String(pid)]).toString();
  } catch (error) {
    // The process has ended.
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ESRCH') return '';
  }
  return undefined;
}
