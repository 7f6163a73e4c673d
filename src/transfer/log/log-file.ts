import { type FileHandle, open } from 'node:fs/promises';
import { constants, createGunzip, gunzipSync, type Gunzip } from 'node:zlib';
import { TransferError } from '../transfer-error';

/** The file is truncated or corrupt. All data before that point are valid. */
export class BrokenFileError extends TransferError {}

const BLOCK_SIZE = 16 * 1024;

/** A plain or gzip file, read as blocks of uncompressed bytes. The format is detected from the first bytes. */
export class LogFile {
  /** The number of bytes read from the file as stored, compressed or not. */
  position = 0;
  /** The first block, kept after `beginning` has read it. */
  private first: Buffer | undefined;

  private constructor(
    readonly path: string,
    readonly size: number,
    /** True when the file can be read more than once; a pipe cannot. */
    readonly isRegular: boolean,
    private readonly handle: FileHandle,
  ) {}

  /**
   * Opens a file.
   *
   * @throws TransferError when the file does not exist or is a directory
   */
  static async open(path: string): Promise<LogFile> {
    const handle = await open(path, 'r').catch((cause: Error) => {
      throw new TransferError(`cannot open the file ${path}: ${cause.message}`, { cause });
    });
    const stats = await handle.stat();
    if (!stats.isDirectory()) return new LogFile(path, stats.size, stats.isFile(), handle);
    await handle.close();
    throw new TransferError(`cannot open the file ${path}: it is a directory`);
  }

  /** Returns the start of the file, uncompressed. `blocks` still starts at the beginning. @throws BrokenFileError */
  async beginning(): Promise<Buffer> {
    this.first ??= await this.read();
    if (!isGzip(this.first)) return this.first;
    try {
      return gunzipSync(this.first, { finishFlush: constants.Z_SYNC_FLUSH });
    } catch (cause) {
      throw this.broken(cause as Error);
    }
  }

  /** Returns the fraction of the file that has been read, from 0 to 1. */
  fractionRead(): number {
    return this.size === 0 ? 1 : Math.min(1, this.position / this.size);
  }

  /**
   * Yields the content.
   *
   * @throws BrokenFileError after the last readable block
   */
  async *blocks(): AsyncGenerator<Buffer> {
    const first = this.first ?? (await this.read());
    const rest = this.readFrom(first);
    yield* isGzip(first) ? this.unpack(rest) : rest;
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  private async *readFrom(first: Buffer): AsyncGenerator<Buffer> {
    for (let block = first; block.length > 0; block = await this.read()) yield block;
  }

  private async read(): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(BLOCK_SIZE);
    const { bytesRead } = await this.handle.read(buffer, 0, BLOCK_SIZE).catch((cause: Error) => {
      throw this.broken(cause);
    });
    this.position += bytesRead;
    return buffer.subarray(0, bytesRead);
  }

  /** Decompresses block by block rather than with a pipeline, which would discard the data before an error. */
  private async *unpack(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const gunzip = createGunzip();
    const unpacked: Buffer[] = [];
    const errors: Error[] = [];
    gunzip.on('data', (chunk: Buffer) => unpacked.push(chunk)).on('error', (error) => errors.push(error));
    for await (const block of blocks) {
      await written(gunzip, block);
      yield* unpacked.splice(0);
      if (errors[0]) throw this.broken(errors[0]);
    }
    await ended(gunzip);
    yield* unpacked.splice(0);
    if (errors[0]) throw this.broken(errors[0]);
  }

  private broken(cause: Error): BrokenFileError {
    const where = `after ${this.position} of ${this.size} bytes`;
    return new BrokenFileError(`the file ${this.path} is truncated or corrupt ${where}: ${cause.message}`, { cause });
  }
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Resolves when the block is decompressed or has failed. */
function written(gunzip: Gunzip, block: Buffer): Promise<void> {
  return new Promise((resolve) => gunzip.write(block, () => setImmediate(resolve)));
}

function ended(gunzip: Gunzip): Promise<void> {
  return new Promise((resolve) => {
    gunzip.once('close', resolve);
    gunzip.end();
  });
}
