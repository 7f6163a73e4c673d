import type { RowError, RowErrorCode } from './row-error';
import { type AnyRow, NO_TICKET, type TicketRows } from './log-row';
import type { ImportStatistics } from './statistics';
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
    private readonly statistics: ImportStatistics,
    private readonly print: (message: string) => void,
  ) {}

  /** @param faults at least one, by line */
  async put({ ticket, rows, excess }: TicketRows<AnyRow>, errors: readonly RowError[]): Promise<void> {
    const lines = quarantineLines(ticket, rows, errors);
    const codes = lines.map(({ code }) => code);
    this.statistics.countQuarantined(codes, ticket !== NO_TICKET && excess !== 'more');
    for (const error of errors) this.tellOf(error);
    await this.file.write(lines);
  }

  private tellOf({ line, code, reason }: RowError): void {
    this.told++;
    if (this.told <= TOLD) this.print(`line ${line}: ${code}: ${reason}`);
    if (this.told === TOLD + 1) this.print('… and more');
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
  readonly code: RowErrorCode;
  /** JSON, with the end of the line. */
  readonly text: string;
}

/**
 * The lines of one ticket's rows: those at fault say why, the others which row is.
 *
 * @param ticket its id, or `NO_TICKET`
 * @param faults at least one, by line
 */
export function quarantineLines(
  ticket: string,
  rows: readonly AnyRow[],
  errors: readonly RowError[],
): QuarantineLine[] {
  const own = new Map(errors.map((error) => [error.line, error]));
  const [first] = errors;
  const reason = `line ${first!.line} of the same ticket is at fault (${first!.code})`;
  return rows.map((row) => {
    const { line } = row;
    const error = own.get(line) ?? { line, code: 'ticket_quarantined', reason };
    const content = 'columns' in row ? { row: row.columns } : { raw: row.raw };
    const told = {
      line,
      code: error.code,
      reason: error.reason,
      ticket_id: ticket === NO_TICKET ? null : ticket,
      ...content,
    };
    return { code: error.code, text: `${JSON.stringify(told)}\n` };
  });
}
