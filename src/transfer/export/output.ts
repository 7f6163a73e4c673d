import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TransferError } from '../transfer-error';

/** Characters that are written together. */
const BLOCK = 64 * 1024;

/**
 * Writes texts to a stream that stays open, at the pace of whoever reads it.
 *
 * @throws TransferError when nobody reads it any more
 */
export async function writeToStream(texts: AsyncIterable<string>, stream: Writable): Promise<void> {
  try {
    await pipeline(inBlocks(texts), stream, { end: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
    throw new TransferError('nobody reads the export any more, so it ends here', { cause: error });
  }
}

/**
 * Writes texts to a file that has its name once it is whole; until then what had the name before keeps it. What is not
 * finished is removed again.
 *
 * @throws TransferError for a name that something else has which is no file
 */
export async function writeToFile(texts: AsyncIterable<string>, path: string): Promise<void> {
  const old = await stat(path).catch(() => undefined);
  if (old !== undefined && !old.isFile()) throw new TransferError(`cannot write ${path}: it is there, and no file`);
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
