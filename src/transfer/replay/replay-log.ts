import { LOG_COLUMNS, openLogRecords } from '../log/log-records';
import type { CsvRecord } from '../log/csv-blocks';
import { LogFile } from '../log/log-file';

/**
 * A usable row: ticket `ticket` entered `toState` as the `seq`-th entry of its life (1 is its creation). When, and from
 * where, is the log's own account: the server keeps its own.
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

/** A row that cannot be used. With `ticket` and `seq`, where it says at least whose row it is. */
export interface BadRow {
  readonly kind: 'bad';
  readonly line: number;
  readonly problem: string;
  readonly ticket?: string;
  readonly seq?: number;
}

export type ReplayEntry = ReplayRow | BadRow;

const MAX_SEQ = 1_000_000_000;

/** Reads one CSV record as a row of the log, or says what is wrong with it. `line` is where the record starts. */
export function readReplayEntry(line: number, fields: readonly string[]): ReplayEntry {
  const bad = (problem: string): BadRow => ({ kind: 'bad', line, problem });
  if (fields.length !== LOG_COLUMNS.length) {
    return bad(`expected ${LOG_COLUMNS.length} columns, got ${fields.length}`);
  }
  const [ticket, seqText, fromState, toState, , actor, title] = fields as [string, ...string[]] & { length: 7 };
  if (ticket === '') return bad('ticket_id is empty');
  const seq = /^\d{1,10}$/.test(seqText!) ? Number(seqText) : 0;
  if (seq < 1 || seq > MAX_SEQ) return bad(`seq must be a whole number from 1, got ${JSON.stringify(seqText)}`);
  if (toState === '') return { ...bad('to_state is empty'), ticket, seq };
  if (fields.some((field) => field.includes('\0'))) return { ...bad('it contains a NUL character'), ticket, seq };
  return { kind: 'row', line, ticket, seq, fromState: fromState!, toState: toState!, actor: actor!, title: title! };
}

/** An open log whose header has been read and found right. */
export interface ReplayLog {
  /**
   * The rows, in the file's order, read as they are asked for.
   *
   * @throws BrokenFileError after the last row before the place where the file breaks off
   */
  readonly entries: AsyncIterable<ReplayEntry>;
  /** How much of the file has been read, from 0 to 1. */
  fractionRead(): number;
  close(): Promise<void>;
}

/** @throws TransferError when the file cannot be opened, is empty, or does not start with the header of a log */
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
