import { CsvBlocks, type CsvRecord } from './csv-blocks';
import { LOG_COLUMNS, type LogEntry, readLogEntry } from './log-entry';
import { BrokenFileError, LogFile } from './log-file';
import { ReplayError } from './replay-error';

/** An open log whose header has been read and found right. */
export interface Log {
  /**
   * The rows, in the file's order, read as they are asked for.
   *
   * @throws BrokenFileError after the last row before the place where the file breaks off
   */
  readonly entries: AsyncIterable<LogEntry>;
  /** How much of the file has been read, from 0 to 1. */
  fractionRead(): number;
  close(): Promise<void>;
}

/** @throws ReplayError when the file cannot be opened, is empty, or does not start with the header of a log */
export async function openLog(path: string): Promise<Log> {
  const file = await LogFile.open(path);
  const records = readRecords(file);
  try {
    checkHeader(path, await records.next());
  } catch (error) {
    await file.close();
    throw error;
  }
  return {
    entries: readEntries(records),
    fractionRead: () => (file.size === 0 ? 1 : Math.min(1, file.position / file.size)),
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

async function* readEntries(records: AsyncIterable<CsvRecord>): AsyncGenerator<LogEntry> {
  for await (const record of records) {
    if ('problem' in record) yield { kind: 'bad', ...record };
    else yield readLogEntry(record.line, record.fields);
  }
}

function checkHeader(path: string, first: IteratorResult<CsvRecord, undefined>): void {
  const expected = LOG_COLUMNS.join(',');
  if (first.done) throw new ReplayError(`${path} is empty; expected the header ${expected}`);
  if ('problem' in first.value) throw new ReplayError(`${path}, line 1: ${first.value.problem}; expected ${expected}`);
  const { fields } = first.value;
  if (fields.join(',') === expected) return;
  const missing = LOG_COLUMNS.filter((column) => !fields.includes(column));
  const which = missing.length > 0 ? ` (missing: ${missing.join(', ')})` : '';
  throw new ReplayError(`${path} has the wrong header${which}: expected ${expected}, got ${shown(fields.join(','))}`);
}

function shown(header: string): string {
  return JSON.stringify(header.length > 200 ? `${header.slice(0, 200)}…` : header);
}
