import type { Priority } from '../../tickets/ticket.entity';
import type { RowErrorCode } from './row-error';
import { LOG_COLUMNS } from '../log/log-records';
import { readSeq } from './checked-row';
import type { Columns, LogRow, OwnedRow } from './log-row';
import type { Session } from './session';

/** The limits of one INSERT: rows and characters. */
const BATCH = { rows: 2_000, characters: 1_000_000 } as const;
const PAGE = 1_000;

/**
 * A temporary table is private, is not logged, and is dropped when the session ends. A row is stored as JSON, so that
 * its values need not be valid text for PostgreSQL.
 */
const CREATE = `
  SET work_mem = '64MB'; SET temp_buffers = '16MB';
  CREATE TEMPORARY TABLE import_rows (ticket text COLLATE "C" NOT NULL, seq integer, line bigint NOT NULL, content text NOT NULL)`;

const ADD = `
  INSERT INTO pg_temp.import_rows
    SELECT * FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::text[])`;

/**
 * WITH HOLD: after sorting, no transaction stays open that would keep vacuum from removing dead rows of live traffic.
 */
const SORT = `
  BEGIN;
  DECLARE import_rows NO SCROLL CURSOR WITH HOLD FOR
    SELECT ticket, line, content FROM pg_temp.import_rows ORDER BY ticket, seq NULLS LAST, line;
  COMMIT;
  DROP TABLE pg_temp.import_rows`;

/**
 * Groups the rows of a log by ticket, regardless of the size of the log. PostgreSQL sorts them, on disk if necessary.
 */
export class Staging {
  private batch: { ticket: string; seq: number | null; line: number; content: string }[] = [];
  private characters = 0;
  private adding: Promise<unknown> = Promise.resolve();

  private constructor(private readonly session: Session) {}

  static async open(session: Session): Promise<Staging> {
    await session.query(CREATE);
    return new Staging(session);
  }

  /** Adds a row. Resolves at once unless earlier rows are still being sent. */
  async add(ticket: string, row: LogRow): Promise<void> {
    const content = encode(row);
    this.batch.push({ ticket, seq: 'columns' in row ? readSeq(row.columns.seq) : null, line: row.line, content });
    this.characters += content.length;
    if (this.batch.length >= BATCH.rows || this.characters >= BATCH.characters) await this.flush();
  }

  /** Sorts the rows. To be called once, after all rows are added. */
  async sort(): Promise<void> {
    await this.flush();
    await this.adding;
    await this.session.query(SORT);
  }

  /** Returns every row, ordered by ticket and `seq`. To be called once, after `sort`. */
  async *sorted(): AsyncGenerator<OwnedRow> {
    for (let next = this.fetch(); ;) {
      const page = await next;
      if (page.length === 0) return;
      next = this.fetch();
      for (const [ticket, line, content] of page) {
        yield { ticket, row: decode(ticket, Number(line), content), size: content.length };
      }
    }
  }

  private async flush(): Promise<void> {
    const rows = this.batch;
    [this.batch, this.characters] = [[], 0];
    await this.adding;
    const values = [
      rows.map(({ ticket }) => ticket),
      rows.map(({ seq }) => seq),
      rows.map(({ line }) => line),
      rows.map(({ content }) => content),
    ];
    this.adding = ahead(this.session.query({ name: 'add-rows', text: ADD, values }));
  }

  private fetch(): Promise<[string, string, string][]> {
    return ahead(this.session.rows({ text: `FETCH ${PAGE} FROM import_rows` }));
  }
}

/** Keeps an early rejection from ending the process; it is reported when the promise is awaited. */
function ahead<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

const [, ...OTHER_COLUMNS] = LOG_COLUMNS;

function encode(row: LogRow): string {
  if (!('columns' in row)) return JSON.stringify({ ...row.error, raw: row.raw });
  const columns = OTHER_COLUMNS.map((column) => row.columns[column]);
  return JSON.stringify(row.priority === undefined ? columns : [...columns, row.priority]);
}

function decode(ticket: string, line: number, content: string): LogRow {
  const decoded = JSON.parse(content) as string[] | { code: RowErrorCode; reason: string; raw: string };
  if (!Array.isArray(decoded)) {
    const { raw, ...error } = decoded;
    return { line, error, raw };
  }
  const columns = Object.fromEntries(OTHER_COLUMNS.map((column, i) => [column, decoded[i]]));
  const row = { line, columns: { ticket_id: ticket, ...columns } as Columns };
  const priority = decoded[OTHER_COLUMNS.length] as Priority | undefined;
  return priority === undefined ? row : { ...row, priority };
}
