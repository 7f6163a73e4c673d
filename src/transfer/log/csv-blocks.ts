import { isUtf8 } from 'node:buffer';
import { CsvError, parse } from 'csv-parse/sync';

/** A line that is no record. */
export interface BrokenLine {
  readonly line: number;
  readonly code: 'bad_csv' | 'bad_encoding';
  readonly problem: string;
  /** What is on it, up to 64 KiB. Bytes that are no UTF-8 are replaced by U+FFFD. */
  readonly raw: string;
}

/** A record of a CSV file and the line it starts on, or a line that is no record. */
export type CsvRecord = { readonly line: number; readonly fields: readonly string[] } | BrokenLine;

interface Scan {
  readonly records: { readonly fields: readonly string[]; readonly end: number }[];
  /** Why the text after the last of the records is none; undefined when all is well or the rest has yet to come. */
  readonly problem?: string;
}

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = Buffer.from('\uFEFF');
const MAX_RECORD = 64 * 1024;

/**
 * Reads CSV from blocks of bytes, and keeps no more of it than a block and one unfinished record.
 *
 * It recovers from bad quoting: the parser alone would take everything up to the next quote for one field, and lose
 * good rows. Here the line on which the bad record starts is reported, and reading goes on with the line after it.
 */
export class CsvBlocks {
  private carry: Buffer = Buffer.alloc(0);
  private line = 1;
  /** Inside a line that was reported already and whose end has yet to come. */
  private skipping = false;
  private started = false;

  constructor(private readonly columns: number) {}

  /** The records that are complete now that `block` has come. */
  *push(block: Buffer): Generator<CsvRecord> {
    const marked = !this.started && block.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
    this.started = true;
    const bytes = Buffer.concat([this.carry, marked ? block.subarray(BYTE_ORDER_MARK.length) : block]);
    yield* this.read(bytes, false);
  }

  /** The last record, which need not end in a newline. */
  *end(): Generator<CsvRecord> {
    yield* this.read(this.carry, true);
  }

  /** The last whole lines of a file that breaks off: what follows them may be half a row. */
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
    else yield { line, code: 'bad_encoding', problem: 'it is not valid UTF-8', raw: withoutEnd(bytes.toString()) };
  }

  /** Where the next line starts; past the end of `bytes` while that is not known. */
  private skipLine(bytes: Buffer, from: number): number {
    const newline = bytes.indexOf(NEWLINE, from);
    this.skipping = newline === -1;
    return this.skipping ? bytes.length : newline + 1;
  }
}

/** Whether the rest of the line at `at` has yet to come. One that is longer than any record is not waited for. */
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
  // A block can end between the two characters of a line's end.
  const half = !final && bytes.at(-1) === CARRIAGE_RETURN ? 1 : 0;
  const problem = parseInto(records, bytes.subarray(0, bytes.length - half));
  const open = problem === undefined || problem === 'CSV_QUOTE_NOT_CLOSED';
  // The end of a block can be the middle of its last record.
  if (!final && problem === undefined) records.pop();
  const torn = findTorn(records, bytes, columns);
  if (torn !== -1) return { records: records.slice(0, torn), problem: 'a quote is not closed' };
  if (!final && open) {
    const rest = bytes.length - (records.at(-1)?.end ?? 0);
    return { records, problem: rest > MAX_RECORD ? `it is longer than ${MAX_RECORD} bytes` : undefined };
  }
  return { records, problem: problem && describe(problem) };
}

/** @returns the code of what stopped the parser, undefined at the end of `bytes` */
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

/** A record over several lines that has the wrong number of columns was put together by a stray quote. */
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
  if (code === 'INVALID_OPENING_QUOTE') return 'a quote stands inside a field that is not quoted';
  return `it is not valid CSV (${code})`;
}
