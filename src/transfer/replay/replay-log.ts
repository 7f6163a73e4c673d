import { LOG_COLUMNS, openLogRecords } from '../log/log-records';
import type { CsvRecord } from '../log/csv-blocks';
import { LogFile } from '../log/log-file';

/**
 * A valid row: ticket `ticket` entered `toState` as entry number `seq` of its history (1 is its creation). The time is
 * not kept, because the server assigns its own.
 */
export interface ReplayRow {
  readonly kind: 'row';
  readonly line: number;
  readonly ticket: string;
  readonly seq: number;
  readonly fromState: string;
  readonly toState: string;
  readonly actor: string;
  readonly title: string;
}

/** An invalid row, with `ticket` and `seq` where these could be read. */
export interface BadRow {
  readonly kind: 'bad';
  readonly line: number;
  readonly problem: string;
  readonly ticket?: string;
  readonly seq?: number;
}

export type ReplayEntry = ReplayRow | BadRow;

const MAX_SEQ = 1_000_000_000;

/** Parses one CSV record as a row of the log. `line` is where the record starts. */
export function readReplayEntry(line: number, fields: readonly string[]): ReplayEntry {
  const bad = (problem: string): BadRow => ({ kind: 'bad', line, problem });
  if (fields.length !== LOG_COLUMNS.length) {
    return bad(`expected ${LOG_COLUMNS.length} columns, got ${fields.length}`);
  }
  const [ticket = '', seqText = '', fromState = '', toState = '', , actor = '', title = ''] = fields;
  if (ticket === '') return bad('ticket_id is empty');
  const seq = /^\d{1,10}$/.test(seqText) ? Number(seqText) : 0;
  if (seq < 1 || seq > MAX_SEQ) return bad(`seq must be a whole number from 1, got ${JSON.stringify(seqText)}`);
  if (toState === '') return { ...bad('to_state is empty'), ticket, seq };
  if (fields.some((field) => field.includes('\0'))) return { ...bad('the row contains a NUL character'), ticket, seq };
  return { kind: 'row', line, ticket, seq, fromState, toState, actor, title };
}

/** An open log with a valid header. */
export interface ReplayLog {
  /**
   * The rows in file order, read on demand.
   *
   * @throws BrokenFileError after the last row before the point where the file is truncated or corrupt
   */
  readonly entries: AsyncIterable<ReplayEntry>;
  /** Returns the fraction of the file that has been read, from 0 to 1. */
  fractionRead(): number;
  close(): Promise<void>;
}

/**
 * Opens a log and reads its header.
 *
 * @throws TransferError when the file cannot be opened, is empty, or does not start with the header of a log
 */
export async function openReplayLog(path: string): Promise<ReplayLog> {
  const { records, ...log } = await openLogRecords(await LogFile.open(path));
  return { ...log, entries: readEntries(records) };
}

async function* readEntries(records: AsyncIterable<CsvRecord>): AsyncGenerator<ReplayEntry> {
  for await (const record of records) {
    if ('problem' in record) yield { kind: 'bad', line: record.line, problem: record.problem };
    else yield readReplayEntry(record.line, record.fields);
  }
}
