import type { FileLine } from '../../log/line-blocks';
import { BrokenFileError } from '../../log/log-file';
import type { RowErrorCode } from '../row-error';
import { type BrokenRow, NO_TICKET, type OwnedRow } from '../log-row';
import { type LineOf, readExportLine } from './export-line';

/** A line about a ticket. */
export interface WholeLine {
  readonly line: number;
  readonly raw: string;
  readonly value: LineOf<'ticket'> | LineOf<'move'> | LineOf<'event'>;
}

export type RecordLine = WholeLine | BrokenRow;

/** Extracts the ticket id of a line, even if the rest of the line is invalid. */
const OWNER = /^\s*\{\s*"type"\s*:\s*"(?:ticket"\s*,\s*"id"|(?:move|event)"\s*,\s*"ticket_id")\s*:\s*"([0-9a-f-]{36})"/;

/** The lines of an export that describe tickets. */
export class RecordLines {
  /** Why the file is incomplete; undefined while it is not known to be. */
  problem: string | undefined;
  /** True when the file is truncated, so that lines of the last ticket may be missing. */
  isCutOff = false;
  /** The number of the last line about a ticket. */
  lastOfTicket = 0;
  private count = 0;
  private end: LineOf<'end'> | undefined;

  /** @param linesBefore the number of preceding lines */
  constructor(
    private readonly lines: AsyncIterable<FileLine>,
    private readonly linesBefore: number,
  ) {}

  /** Yields the lines in file order, read on demand. At the end of a truncated file it stops and sets `problem`. */
  async *read(): AsyncGenerator<OwnedRow<RecordLine>> {
    let owner = NO_TICKET;
    try {
      for await (const line of this.lines) {
        const placed = this.place(line, owner);
        if (placed === undefined) continue;
        owner = placed.ticket;
        this.count++;
        this.lastOfTicket = line.line;
        yield placed;
      }
      this.checkEnd();
    } catch (error) {
      if (!(error instanceof BrokenFileError)) throw error;
      this.cut(error.message);
    }
  }

  /** @param owner the ticket id of the previous line */
  private place(line: FileLine, owner: string): OwnedRow<RecordLine> | undefined {
    if ('problem' in line)
      return broken(OWNER.exec(line.raw)?.[1] ?? owner, line.line, line.code, line.problem, line.raw);
    const { text: raw } = line;
    const value = readExportLine(raw);
    if (typeof value === 'string') {
      if (line.isUnended) return this.cut(`the file is truncated in line ${line.line}`);
      return broken(OWNER.exec(raw)?.[1] ?? owner, line.line, 'bad_line', value, raw);
    }
    if (this.end !== undefined) return misplaced(line.line, 'no line may follow the line of type end', raw);
    const row = { line: line.line, raw };
    if (value.type === 'ticket') return { ticket: value.id, row: { ...row, value }, size: raw.length };
    if (value.type === 'move' || value.type === 'event') {
      return { ticket: value.ticket_id, row: { ...row, value }, size: raw.length };
    }
    if (value.type === 'end') this.end = value;
    else return misplaced(line.line, `a line of type ${value.type} must precede the first ticket`, raw);
    return undefined;
  }

  private cut(problem: string): undefined {
    this.problem = problem;
    this.isCutOff = true;
  }

  /** Checks that the file has as many lines as its last line states. */
  private checkEnd(): void {
    if (this.problem !== undefined) return;
    if (this.end === undefined) return this.cut('the file has no line of type end, so it is truncated');
    const { type: _, ...counts } = this.end;
    const expected = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const found = this.linesBefore - 1 + this.count;
    if (expected !== found) this.problem = `the last line states ${expected} lines, but the file has ${found}`;
  }
}

function broken(ticket: string, line: number, code: RowErrorCode, reason: string, raw: string): OwnedRow<RecordLine> {
  return { ticket, row: { line, error: { code, reason }, raw }, size: raw.length };
}

function misplaced(line: number, reason: string, raw: string): OwnedRow<RecordLine> {
  return broken(NO_TICKET, line, 'misplaced_line', reason, raw);
}
