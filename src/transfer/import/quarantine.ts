import type { Fault, FaultCode } from './row-error';
import { type AnyRow, NOBODYS, type TicketRows } from './log-row';
import type { Tally } from './statistics';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TransferError } from '../transfer-error';

/** Faults that are told one by one; the file has them all. */
const TOLD = 20;

/** Takes rows that are not imported: writes them down, counts them, and tells of the first. */
export class Quarantine {
  private told = 0;

  constructor(
    private readonly file: QuarantineFile,
    private readonly tally: Tally,
    private readonly tell: (message: string) => void,
  ) {}

  /** @param faults at least one, by line */
  async put({ ticket, rows, excess }: TicketRows<AnyRow>, faults: readonly Fault[]): Promise<void> {
    const lines = quarantineLines(ticket, rows, faults);
    const codes = lines.map(({ code }) => code);
    this.tally.countQuarantined(codes, ticket !== NOBODYS && excess !== 'more');
    for (const fault of faults) this.tellOf(fault);
    await this.file.write(lines);
  }

  private tellOf({ line, code, reason }: Fault): void {
    this.told++;
    if (this.told <= TOLD) this.tell(`line ${line}: ${code}: ${reason}`);
    if (this.told === TOLD + 1) this.tell('… and more');
  }
}

/** Enough of a file to know whether an import has written it. */
const BEGINNING = 4_096;

/** Where rows go that are not imported. There is no file before there is something to write. */
export class QuarantineFile {
  private handle: FileHandle | undefined;

  private constructor(
    /** Null: nothing is written at all. */
    readonly path: string | null,
    /** There is a file of an earlier import. */
    readonly isOld: boolean,
  ) {}

  /**
   * Looks whether the file can be written. One that an earlier import has left is written anew, any other is kept.
   *
   * @throws TransferError
   */
  static async prepare(path: string | null): Promise<QuarantineFile> {
    if (path === null) return new QuarantineFile(null, false);
    const directory = await stat(dirname(path)).catch(() => undefined);
    if (directory?.isDirectory() !== true)
      throw new TransferError(`There is no directory ${dirname(path)} for ${path}`);
    const beginning = await readBeginning(path);
    if (beginning !== undefined && !isQuarantine(beginning)) {
      throw new TransferError(
        `${path} is there already, and no import has written it: move it away, or name another file with --quarantine`,
      );
    }
    return new QuarantineFile(path, beginning !== undefined);
  }

  /** Null: nothing has been written. */
  get writtenPath(): string | null {
    return this.handle === undefined ? null : this.path;
  }

  async write(lines: readonly QuarantineLine[]): Promise<void> {
    if (this.path === null) return;
    try {
      // Nothing that has come to be there meanwhile is overwritten.
      this.handle ??= await open(this.path, this.isOld ? 'w' : 'wx');
      await this.handle.appendFile(lines.map(({ text }) => text).join(''));
    } catch (cause) {
      throw new TransferError(`cannot write ${this.path}: ${(cause as Error).message}`, { cause });
    }
  }

  async close(): Promise<void> {
    await this.handle?.close();
  }
}

/** @returns undefined where there is no file */
async function readBeginning(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING), 0, BEGINNING, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new TransferError(`cannot use ${path}: ${(error as Error).message}`, { cause: error });
  }
}

function isQuarantine(beginning: string): boolean {
  return beginning === '' || /^\{"line":\d+,"code":"[a-z_]+","reason":"/.test(beginning);
}

/** A line of the quarantine file. */
export interface QuarantineLine {
  readonly code: FaultCode;
  /** JSON, with the end of the line. */
  readonly text: string;
}

/**
 * The lines of one ticket's rows: those at fault say why, the others which row is.
 *
 * @param ticket its id, or `NOBODYS`
 * @param faults at least one, by line
 */
export function quarantineLines(ticket: string, rows: readonly AnyRow[], faults: readonly Fault[]): QuarantineLine[] {
  const own = new Map(faults.map((fault) => [fault.line, fault]));
  const [first] = faults;
  const reason = `line ${first!.line} of the same ticket is at fault (${first!.code})`;
  return rows.map((row) => {
    const { line } = row;
    const fault = own.get(line) ?? { line, code: 'ticket_quarantined', reason };
    const content = 'columns' in row ? { row: row.columns } : { raw: row.raw };
    const told = {
      line,
      code: fault.code,
      reason: fault.reason,
      ticket_id: ticket === NOBODYS ? null : ticket,
      ...content,
    };
    return { code: fault.code, text: `${JSON.stringify(told)}\n` };
  });
}
