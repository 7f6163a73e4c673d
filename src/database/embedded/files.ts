import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, fsyncSync, ftruncateSync, openSync } from 'node:fs';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const KEPT_OUTPUT = 4_000;
const LARGE_LOG_BYTES = 10 * 1024 * 1024;

/** The code of a system error such as `ENOENT`, if it has one. */
export function errorCode(error: unknown): string | undefined {
  const code: unknown = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** The text of a file, or `undefined` when there is none; every other trouble is thrown. */
export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Replaces a small file in one step that also survives a power cut. The file is the owner's alone. */
export function writeSafely(file: string, text: string): void {
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx', flush: true });
  renameSync(draft, file);
  syncDirectory(dirname(file));
}

/** Makes renames inside a directory durable. Windows has no such call. */
export function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(directory, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

/** Opens the server's log for appending; one that has grown large starts anew. The caller closes the descriptor. */
export function openLog(file: string): number {
  // Never through a link: as root that could be a file of someone else.
  const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);
  const descriptor = openSync(file, flags, 0o600);
  if (fstatSync(descriptor).size > LARGE_LOG_BYTES) ftruncateSync(descriptor);
  return descriptor;
}

/** The last 4,000 bytes of what was written to a log after the offset `from`. */
export function readLogEnd(file: string, from: number): string {
  try {
    const written = readFileSync(file).subarray(from);
    return written.subarray(-KEPT_OUTPUT).toString('utf8').trim();
  } catch {
    return ''; // It is read to explain another failure, which must not get lost over this one.
  }
}

/** Appends output to what is kept of a child process, at most the last 4,000 characters. */
export function keepEnd(kept: string, more: unknown): string {
  return (kept + String(more)).slice(-KEPT_OUTPUT);
}
