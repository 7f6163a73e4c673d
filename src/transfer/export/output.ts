import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TransferError } from '../transfer-error';

/** Characters per write. */
const BLOCK = 64 * 1024;

/**
 * Writes texts to a stream that stays open, at the pace of its reader.
 *
 * @throws TransferError when the reader closes the stream
 */
export async function writeToStream(texts: AsyncIterable<string>, stream: Writable): Promise<void> {
  try {
    await pipeline(inBlocks(texts), stream, { end: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
    throw new TransferError('the reader closed the output before the export was complete', { cause: error });
  }
}

/**
 * Writes texts to a temporary file and renames it when it is complete. On failure, the temporary file is removed and an
 * existing file stays as it was.
 *
 * @throws TransferError when the path exists and is not a regular file
 */
export async function writeToFile(texts: AsyncIterable<string>, path: string): Promise<void> {
  const old = await stat(path).catch(() => undefined);
  if (old !== undefined && !old.isFile())
    throw new TransferError(`cannot write ${path}: it exists and is not a regular file`);
  const unfinished = join(dirname(path), `.${basename(path)}.${process.pid}.unfinished`);
  try {
    await pipeline(inBlocks(texts), createWriteStream(unfinished, { flush: true }));
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

async function* inBlocks(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let block = '';
  for await (const text of texts) {
    block += text;
    if (block.length < BLOCK) continue;
    yield block;
    block = '';
  }
  if (block !== '') yield block;
}
