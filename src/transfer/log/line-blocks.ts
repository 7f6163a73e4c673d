import { isUtf8 } from 'node:buffer';

/** A line without its line ending. */
export interface TextLine {
  readonly line: number;
  readonly text: string;
  /** True for a last line without a line ending, which may be truncated. */
  readonly isUnended: boolean;
}

/** A line that is too long or not valid UTF-8. */
export interface UnreadableLine {
  readonly line: number;
  readonly code: 'bad_encoding' | 'line_too_long';
  readonly problem: string;
  /** The start of the line. Invalid UTF-8 is replaced by U+FFFD. */
  readonly raw: string;
}

export type FileLine = TextLine | UnreadableLine;

const NEWLINE = 0x0a;
const RAW_LIMIT = 64 * 1024;

/** Splits blocks of bytes into lines. Keeps at most one block and one line in memory. */
export class LineBlocks {
  private parts: Buffer[] = [];
  private length = 0;
  private line = 0;

  /** @param most the maximum length of a line in bytes; the rest of a longer line is discarded */
  constructor(private readonly most: number) {}

  /** Returns the lines that `block` completes. */
  *push(block: Buffer): Generator<FileLine> {
    let start = 0;
    for (let end = block.indexOf(NEWLINE); end !== -1; end = block.indexOf(NEWLINE, start)) {
      this.keep(block.subarray(start, end));
      yield this.take(false);
      start = end + 1;
    }
    this.keep(block.subarray(start));
  }

  /** Returns the text after the last line ending. */
  *end(): Generator<FileLine> {
    if (this.length > 0) yield this.take(true);
  }

  private keep(part: Buffer): void {
    if (part.length > 0 && this.length <= this.most) this.parts.push(part);
    this.length += part.length;
  }

  private take(isUnended: boolean): FileLine {
    const [first, ...more] = this.parts;
    const bytes = first !== undefined && more.length === 0 ? first : Buffer.concat(this.parts);
    const [line, length] = [++this.line, this.length];
    [this.parts, this.length] = [[], 0];
    const raw = (): string => bytes.toString('utf8', 0, RAW_LIMIT);
    if (length > this.most) {
      const problem = `the line has ${length} bytes; the limit is ${this.most}`;
      return { line, code: 'line_too_long', problem, raw: raw() };
    }
    if (!isUtf8(bytes)) return { line, code: 'bad_encoding', problem: 'invalid UTF-8', raw: raw() };
    return { line, text: bytes.toString('utf8'), isUnended };
  }
}
