import type { RowError, RowErrorCode } from './row-error';
import { type AnyRow, NO_TICKET, type TicketRows } from './log-row';
import type { ImportStatistics } from './statistics';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TransferError } from '../transfer-error';

/** The number of errors that are printed; the file contains all of them. */
const MAX_PRINTED = 20;

/** Records rejected rows: writes them to the quarantine file, counts them and prints the first errors. */
export class Quarantine {
  private printed = 0;

  constructor(
    private readonly file: QuarantineFile,
    private readonly statistics: ImportStatistics,
    private readonly print: (message: string) => void,
  ) {}

  /** @param errors at least one, ordered by line */
  async put({ ticket, rows, excess }: TicketRows<AnyRow>, errors: readonly RowError[]): Promise<void> {
    const lines = quarantineLines(ticket, rows, errors);
    const codes = lines.map(({ code }) => code);
    this.statistics.countQuarantined(codes, ticket !== NO_TICKET && excess !== 'more');
    for (const error of errors) this.printError(error);
    await this.file.write(lines);
  }

  private printError({ line, code, reason }: RowError): void {
    this.printed++;
    if (this.printed <= MAX_PRINTED) this.print(`line ${line}: ${code}: ${reason}`);
    if (this.printed === MAX_PRINTED + 1) this.print('… and more');
  }
}

/** The number of bytes that identify a quarantine file. */
const HEAD_SIZE = 4_096;

/** The file of rejected rows. It is created when the first row is written. */
export class QuarantineFile {
  private handle: FileHandle | undefined;

  private constructor(
    /** Null to write nothing. */
    readonly path: string | null,
    /** True when the file of an earlier import exists. */
    readonly isOld: boolean,
  ) {}

  /**
   * Checks that the file can be written. The file of an earlier import is overwritten; any other existing file is an
   * error.
   *
   * @throws TransferError
   */
  static async prepare(path: string | null): Promise<QuarantineFile> {
    if (path === null) return new QuarantineFile(null, false);
    const directory = await stat(dirname(path)).catch(() => undefined);
    if (directory?.isDirectory() !== true)
      throw new TransferError(`cannot write ${path}: the directory ${dirname(path)} does not exist`);
    const head = await readHead(path);
    if (head !== undefined && !isQuarantine(head)) {
      throw new TransferError(
        `${path} exists and is not a quarantine file. Move it, or name another file with --quarantine.`,
      );
    }
    return new QuarantineFile(path, head !== undefined);
  }

  /** Null when nothing has been written. */
  get writtenPath(): string | null {
    return this.handle === undefined ? null : this.path;
  }

  async write(lines: readonly QuarantineLine[]): Promise<void> {
    if (this.path === null) return;
    try {
      // The flag 'wx' protects a file created since `prepare`.
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

/** @returns undefined when the file does not exist */
async function readHead(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_SIZE), 0, HEAD_SIZE, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new TransferError(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}

function isQuarantine(head: string): boolean {
  return head === '' || /^\{"line":\d+,"code":"[a-z_]+","reason":"/.test(head);
}

/** A line of the quarantine file. */
export interface QuarantineLine {
  readonly code: RowErrorCode;
  /** JSON, with the line ending. */
  readonly text: string;
}

/**
 * Formats the rows of a rejected ticket. Rows without an error of their own refer to the first error.
 *
 * @param ticket the ticket id, or `NO_TICKET`
 * @param errors at least one, ordered by line
 */
export function quarantineLines(
  ticket: string,
  rows: readonly AnyRow[],
  errors: readonly RowError[],
): QuarantineLine[] {
  const own = new Map(errors.map((error) => [error.line, error]));
  const [first] = errors;
  const reason = `line ${first?.line} of the same ticket is rejected (${first?.code})`;
  return rows.map((row) => {
    const { line } = row;
    const error = own.get(line) ?? { line, code: 'ticket_quarantined', reason };
    const values = 'columns' in row ? { row: row.columns } : { raw: row.raw };
    const content = {
      line,
      code: error.code,
      reason: error.reason,
      ticket_id: ticket === NO_TICKET ? null : ticket,
      ...values,
    };
    return { code: error.code, text: `${JSON.stringify(content)}\n` };
  });
}
