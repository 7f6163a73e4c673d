import { isUtf8 } from 'node:buffer';
import { CsvError, parse } from 'csv-parse/sync';

/** A line that cannot be parsed as a record. */
export interface BrokenLine {
  readonly line: number;
  readonly code: 'bad_csv' | 'bad_encoding';
  readonly problem: string;
  /** The line, up to 64 KiB. Invalid UTF-8 is replaced by U+FFFD. */
  readonly raw: string;
}

/** A record of a CSV file with the line on which it starts, or a line that cannot be parsed. */
export type CsvRecord = { readonly line: number; readonly fields: readonly string[] } | BrokenLine;

interface Scan {
  readonly records: { readonly fields: readonly string[]; readonly end: number }[];
  /** The problem with the text after the last record; undefined when there is none or more input is needed. */
  readonly problem?: string;
}

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = Buffer.from('\uFEFF');
const MAX_RECORD = 64 * 1024;

/**
 * Parses CSV from blocks of bytes. Keeps at most one block and one unfinished record in memory.
 *
 * Recovers from bad quoting: the parser alone would read everything up to the next quote as one field and lose valid
 * rows. This class reports the line on which the bad record starts and continues with the next line.
 */
export class CsvBlocks {
  private carry: Buffer = Buffer.alloc(0);
  private line = 1;
  /** Inside a line that was already reported and whose end has not been read. */
  private skipping = false;
  private started = false;

  constructor(private readonly columns: number) {}

  /** Returns the records that `block` completes. */
  *push(block: Buffer): Generator<CsvRecord> {
    const marked = !this.started && block.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
    this.started = true;
    const bytes = Buffer.concat([this.carry, marked ? block.subarray(BYTE_ORDER_MARK.length) : block]);
    yield* this.read(bytes, false);
  }

  /** Returns the last record, which need not end with a newline. */
  *end(): Generator<CsvRecord> {
    yield* this.read(this.carry, true);
  }

  /** Returns the last complete lines of a truncated file. The text after them may be part of a row. */
  *cut(): Generator<CsvRecord> {
    yield* this.read(this.carry.subarray(0, this.carry.lastIndexOf(NEWLINE) + 1), true);
  }

  private *read(bytes: Buffer, final: boolean): Generator<CsvRecord> {
    let at = this.skipping ? this.skipLine(bytes, 0) : 0;
    while (at < bytes.length) {
      const scan = scanRecords(bytes.subarray(at), final, this.columns);
      let start = at;
      for (const { fields, end } of scan.records) {
        yield* this.toRecord(fields, bytes.subarray(start, at + end));
        start = at + end;
      }
      at = start;
      if (scan.problem === undefined || (!final && isCutOff(bytes, at))) break;
      yield { line: this.line++, code: 'bad_csv', problem: scan.problem, raw: lineAt(bytes, at) };
      at = this.skipLine(bytes, at);
    }
    this.carry = bytes.subarray(at);
  }

  private *toRecord(fields: readonly string[], bytes: Buffer): Generator<CsvRecord> {
    const { line } = this;
    for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) this.line++;
    if (fields.length === 1 && fields[0] === '') return;
    if (isUtf8(bytes)) yield { line, fields };
    else yield { line, code: 'bad_encoding', problem: 'invalid UTF-8', raw: withoutEnd(bytes.toString()) };
  }

  /** Returns where the next line starts, or the end of `bytes` when that is not known yet. */
  private skipLine(bytes: Buffer, from: number): number {
    const newline = bytes.indexOf(NEWLINE, from);
    this.skipping = newline === -1;
    return this.skipping ? bytes.length : newline + 1;
  }
}

/** Returns whether the end of the line at `at` is still to come. A line longer than any record is not waited for. */
function isCutOff(bytes: Buffer, at: number): boolean {
  return bytes.length - at <= MAX_RECORD && bytes.indexOf(NEWLINE, at) === -1;
}

function lineAt(bytes: Buffer, at: number): string {
  const newline = bytes.indexOf(NEWLINE, at);
  const end = newline === -1 ? bytes.length : newline;
  return withoutEnd(bytes.toString('utf8', at, Math.min(end, at + MAX_RECORD)));
}

function withoutEnd(line: string): string {
  return line.replace(/\r?\n?$/, '');
}

function scanRecords(bytes: Buffer, final: boolean, columns: number): Scan {
  const records: Scan['records'] = [];
  // A block can end between the two characters of a line ending.
  const half = !final && bytes.at(-1) === CARRIAGE_RETURN ? 1 : 0;
  const problem = parseInto(records, bytes.subarray(0, bytes.length - half));
  const open = problem === undefined || problem === 'CSV_QUOTE_NOT_CLOSED';
  // The end of a block can be in the middle of its last record.
  if (!final && problem === undefined) records.pop();
  const torn = findTorn(records, bytes, columns);
  if (torn !== -1) return { records: records.slice(0, torn), problem: 'a quote is not closed' };
  if (!final && open) {
    const rest = bytes.length - (records.at(-1)?.end ?? 0);
    return { records, problem: rest > MAX_RECORD ? `longer than ${MAX_RECORD} bytes` : undefined };
  }
  return { records, problem: problem && describe(problem) };
}

/**
 * Parses records into `records`. @returns the code of the error that stopped the parser; undefined at the end of
 * `bytes`
 */
function parseInto(records: Scan['records'], bytes: Buffer): string | undefined {
  try {
    parse(bytes, {
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
      on_record: (fields: string[], { bytes: end }) => {
        records.push({ fields, end });
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return error.code;
  }
}

/** Finds a record that spans several lines and has the wrong number of columns: a stray quote joined its lines. */
function findTorn(records: Scan['records'], bytes: Buffer, columns: number): number {
  return records.findIndex(({ fields, end }, index) => {
    if (fields.length === columns) return false;
    const newline = bytes.indexOf(NEWLINE, records[index - 1]?.end ?? 0);
    return newline !== -1 && newline < end - 1;
  });
}

function describe(code: string): string {
  if (code === 'CSV_QUOTE_NOT_CLOSED') return 'a quote is not closed';
  if (code === 'CSV_INVALID_CLOSING_QUOTE') return 'a closing quote is followed by more text';
  if (code === 'INVALID_OPENING_QUOTE') return 'an unquoted field contains a quote';
  return `invalid CSV (${code})`;
}
