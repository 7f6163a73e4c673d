import { isUtf8 } from 'node:buffer';

/** A line without its end. */
export interface TextLine {
  readonly line: number;
  readonly text: string;
  /** It is the last, and has no end: somebody may have cut it. */
  readonly isUnended: boolean;
}

/** A line that is no text, or too much of it. */
export interface UnreadableLine {
  readonly line: number;
  readonly code: 'bad_encoding' | 'line_too_long';
  readonly problem: string;
  /** Its beginning. Bytes that are no UTF-8 are replaced by U+FFFD. */
  readonly raw: string;
}

export type FileLine = TextLine | UnreadableLine;

const NEWLINE = 0x0a;
const SHOWN = 64 * 1024;

/** Splits blocks of bytes into lines, and keeps no more of them than a block and one line. */
export class LineBlocks {
  private parts: Buffer[] = [];
  private length = 0;
  private line = 0;

  /** @param most bytes that a line may have; what is beyond is not kept */
  constructor(private readonly most: number) {}

  /** The lines that are complete now that `block` has come. */
  *push(block: Buffer): Generator<FileLine> {
    let start = 0;
    for (let end = block.indexOf(NEWLINE); end !== -1; end = block.indexOf(NEWLINE, start)) {
      this.keep(block.subarray(start, end));
      yield this.take(false);
      start = end + 1;
    }
    this.keep(block.subarray(start));
  }

  /** What follows the last end of a line. */
  *end(): Generator<FileLine> {
    if (this.length > 0) yield this.take(true);
  }

  private keep(part: Buffer): void {
    if (part.length > 0 && this.length <= this.most) this.parts.push(part);
    this.length += part.length;
  }

  private take(isUnended: boolean): FileLine {
    const bytes = this.parts.length === 1 ? this.parts[0]! : Buffer.concat(this.parts);
    const [line, length] = [++this.line, this.length];
    [this.parts, this.length] = [[], 0];
    const raw = (): string => bytes.toString('utf8', 0, SHOWN);
    if (length > this.most) {
      const problem = `the line has ${length} bytes; at most ${this.most} are read`;
      return { line, code: 'line_too_long', problem, raw: raw() };
    }
    if (!isUtf8(bytes)) return { line, code: 'bad_encoding', problem: 'the line is not UTF-8', raw: raw() };
    return { line, text: bytes.toString('utf8'), isUnended };
  }
}
