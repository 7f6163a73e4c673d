import type { CsvRecord } from '../log/csv-blocks';
import { LogFile } from '../log/log-file';
import { openLogRecords } from '../log/log-records';
import { type LogEntry, readLogEntry } from './log-entry';

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

/** @throws TransferError when the file cannot be opened, is empty, or does not start with the header of a log */
export async function openLog(path: string): Promise<Log> {
  const { records, ...log } = await openLogRecords(await LogFile.open(path));
  return { ...log, entries: readEntries(records) };
}

async function* readEntries(records: AsyncIterable<CsvRecord>): AsyncGenerator<LogEntry> {
  for await (const record of records) {
    if ('problem' in record) yield { kind: 'bad', line: record.line, problem: record.problem };
    else yield readLogEntry(record.line, record.fields);
  }
}
