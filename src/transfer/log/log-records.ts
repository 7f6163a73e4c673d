import { TransferError } from '../transfer-error';
import { CsvBlocks, type CsvRecord } from './csv-blocks';
import { BrokenFileError, type LogFile } from './log-file';

/** The columns of a log, in order. */
export const LOG_COLUMNS = ['ticket_id', 'seq', 'from_state', 'to_state', 'at', 'actor', 'title'] as const;

/** An open log with a valid header. */
export interface LogRecords {
  /**
   * The records without the header, in file order, read on demand.
   *
   * @throws BrokenFileError after the last record before the point where the file is truncated or corrupt
   */
  readonly records: AsyncIterable<CsvRecord>;
  /** Returns the fraction of the file that has been read, from 0 to 1. */
  fractionRead(): number;
  close(): Promise<void>;
}

/**
 * Reads the header of a log.
 *
 * @throws TransferError when the file is empty or does not start with the header; the file is then closed
 */
export async function openLogRecords(file: LogFile): Promise<LogRecords> {
  const records = readRecords(file);
  try {
    checkHeader(file.path, await records.next());
  } catch (error) {
    await file.close();
    throw error;
  }
  return {
    records,
    fractionRead: () => file.fractionRead(),
    close: () => file.close(),
  };
}

async function* readRecords(file: LogFile): AsyncGenerator<CsvRecord, undefined> {
  const csv = new CsvBlocks(LOG_COLUMNS.length);
  try {
    for await (const block of file.blocks()) yield* csv.push(block);
  } catch (error) {
    if (error instanceof BrokenFileError) yield* csv.cut();
    throw error;
  }
  yield* csv.end();
}

function checkHeader(path: string, first: IteratorResult<CsvRecord, undefined>): void {
  const expected = LOG_COLUMNS.join(',');
  if (first.done) throw new TransferError(`${path} is empty; expected the header ${expected}`);
  if ('problem' in first.value)
    throw new TransferError(`${path}, line 1: ${first.value.problem}; expected ${expected}`);
  const { fields } = first.value;
  if (fields.join(',') === expected) return;
  const missing = LOG_COLUMNS.filter((column) => !fields.includes(column));
  const which = missing.length > 0 ? ` (missing: ${missing.join(', ')})` : '';
  throw new TransferError(
    `${path} has the wrong header${which}: expected ${expected}, got ${abbreviate(fields.join(','))}`,
  );
}

function abbreviate(header: string): string {
  return JSON.stringify(header.length > 200 ? `${header.slice(0, 200)}…` : header);
}
