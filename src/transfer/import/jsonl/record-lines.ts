import type { FileLine } from '../../log/line-blocks';
import { BrokenFileError } from '../../log/log-file';
import type { RowErrorCode } from '../row-error';
import { type BrokenRow, NO_TICKET, type OwnedRow } from '../log-row';
import { type LineOf, readExportLine } from './export-line';

/** A line that tells of a ticket. */
export interface WholeLine {
  readonly line: number;
  readonly raw: string;
  readonly value: LineOf<'ticket'> | LineOf<'move'> | LineOf<'event'>;
}

export type RecordLine = WholeLine | BrokenRow;

/** Where a line says whose it is, also one that is broken further on. */
const OWNER = /^\s*\{\s*"type"\s*:\s*"(?:ticket"\s*,\s*"id"|(?:move|event)"\s*,\s*"ticket_id")\s*:\s*"([0-9a-f-]{36})"/;

/** The lines of an export that tell of tickets, one after the other. */
export class RecordLines {
  /** Why the file is not whole; undefined as long as nothing is known against it. */
  problem: string | undefined;
  /** Whether that is that it breaks off: then lines of the last ticket may be missing. */
  isCutOff = false;
  /** The last line that is of a ticket. */
  lastOfTicket = 0;
  private count = 0;
  private end: LineOf<'end'> | undefined;

  /** @param linesBefore how many lines stand before these */
  constructor(
    private readonly lines: AsyncIterable<FileLine>,
    private readonly linesBefore: number,
  ) {}

  /** In the file's order, read as they are asked for. Where the file breaks off they end, and `problem` says so. */
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

  /** @param owner whose the line before it is */
  private place(line: FileLine, owner: string): OwnedRow<RecordLine> | undefined {
    if ('problem' in line)
      return broken(OWNER.exec(line.raw)?.[1] ?? owner, line.line, line.code, line.problem, line.raw);
    const { text: raw } = line;
    const value = readExportLine(raw);
    if (typeof value === 'string') {
      if (line.isUnended) return this.cut(`the file breaks off in line ${line.line}`);
      return broken(OWNER.exec(raw)?.[1] ?? owner, line.line, 'bad_line', value, raw);
    }
    if (this.end !== undefined) return misplaced(line.line, 'nothing may come behind the line of the type end', raw);
    const row = { line: line.line, raw };
    if (value.type === 'ticket') return { ticket: value.id, row: { ...row, value }, size: raw.length };
    if (value.type === 'move' || value.type === 'event') {
      return { ticket: value.ticket_id, row: { ...row, value }, size: raw.length };
    }
    if (value.type === 'end') this.end = value;
    else return misplaced(line.line, `a line of the type ${value.type} must come before the first ticket`, raw);
    return undefined;
  }

  private cut(problem: string): undefined {
    this.problem = problem;
    this.isCutOff = true;
  }

  /** A file has as many lines as its last one says, or else some are missing. */
  private checkEnd(): void {
    if (this.problem !== undefined) return;
    if (this.end === undefined) return this.cut('the file has no last line of the type end, so it has been cut off');
    const { type: _, ...counts } = this.end;
    const due = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const found = this.linesBefore - 1 + this.count;
    if (due !== found)
      this.problem = `the file should have ${due} lines between its first and its last, and has ${found}`;
  }
}

function broken(ticket: string, line: number, code: RowErrorCode, reason: string, raw: string): OwnedRow<RecordLine> {
  return { ticket, row: { line, error: { code, reason }, raw }, size: raw.length };
}

function misplaced(line: number, reason: string, raw: string): OwnedRow<RecordLine> {
  return broken(NO_TICKET, line, 'misplaced_line', reason, raw);
}
