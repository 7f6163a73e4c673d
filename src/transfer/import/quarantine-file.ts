import { open, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TransferError } from '../transfer-error';
import type { QuarantineLine } from './quarantine-lines';

/** Enough of a file to know whether an import has written it. */
const BEGINNING = 4_096;

/** Where rows go that are not imported. There is no file before there is something to write. */
export class QuarantineFile {
  private handle: FileHandle | undefined;

  private constructor(
    /** Null: nothing is written at all. */
    readonly path: string | null,
    /** There is a file of an earlier import. */
    readonly isOld: boolean,
  ) {}

  /**
   * Looks whether the file can be written. One that an earlier import has left is written anew, any other is kept.
   *
   * @throws TransferError
   */
  static async prepare(path: string | null): Promise<QuarantineFile> {
    if (path === null) return new QuarantineFile(null, false);
    const directory = await stat(dirname(path)).catch(() => undefined);
    if (directory?.isDirectory() !== true)
      throw new TransferError(`There is no directory ${dirname(path)} for ${path}`);
    const beginning = await readBeginning(path);
    if (beginning !== undefined && !isQuarantine(beginning)) {
      throw new TransferError(
        `${path} is there already, and no import has written it: move it away, or name another file with --quarantine`,
      );
    }
    return new QuarantineFile(path, beginning !== undefined);
  }

  /** Null: nothing has been written. */
  get writtenPath(): string | null {
    return this.handle === undefined ? null : this.path;
  }

  async write(lines: readonly QuarantineLine[]): Promise<void> {
    if (this.path === null) return;
    try {
      // Nothing that has come to be there meanwhile is overwritten.
      this.handle ??= await open(this.path, this.isOld ? 'w' : 'wx');
      await this.handle.appendFile(lines.map(({ text }) => text).join(''));
    } catch (cause) {
      throw new TransferError(`cannot write ${this.path}: ${(cause as Error).message}`, { cause });
    }
  }

  async close(): Promise<void> {
    await this.handle?.close();
  }
}

/** @returns undefined where there is no file */
async function readBeginning(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING), 0, BEGINNING, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new TransferError(`cannot use ${path}: ${(error as Error).message}`, { cause: error });
  }
}

function isQuarantine(beginning: string): boolean {
  return beginning === '' || /^\{"line":\d+,"code":"[a-z_]+","reason":"/.test(beginning);
}
