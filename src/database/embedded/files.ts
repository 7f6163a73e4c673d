import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, fsyncSync, ftruncateSync, openSync } from 'node:fs';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const KEPT_OUTPUT = 4_000;
const LARGE_LOG_BYTES = 10 * 1024 * 1024;

/** Returns the code of a system error such as `ENOENT`, if it has one. */
export function errorCode(error: unknown): string | undefined {
  const code: unknown = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** Returns the text of a file, or `undefined` when it does not exist. Throws every other error. */
export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Replaces a small file atomically and durably. Only its owner can read it. */
export function writeSafely(file: string, text: string): void {
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx', flush: true });
  renameSync(draft, file);
  syncDirectory(dirname(file));
}

/** Makes renames inside a directory durable. Does nothing on Windows, which has no such call. */
export function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(directory, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

/** Opens the server's log for appending, and truncates a large one. The caller closes the descriptor. */
export function openServerLog(file: string): number {
  // A link could lead root to another user's file.
  const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);
  const descriptor = openSync(file, flags, 0o600);
  if (fstatSync(descriptor).size > LARGE_LOG_BYTES) ftruncateSync(descriptor);
  return descriptor;
}

/** Returns at most the last 4,000 bytes that were written to a log after the offset `from`. */
export function readLogEnd(file: string, from: number): string {
  try {
    const written = readFileSync(file).subarray(from);
    return written.subarray(-KEPT_OUTPUT).toString('utf8').trim();
  } catch {
    return ''; // The log explains another failure, which matters more than this one.
  }
}

/** Appends output of a child process and returns at most the last 4,000 characters. */
export function keepEnd(kept: string, more: unknown): string {
  return (kept + String(more)).slice(-KEPT_OUTPUT);
}
