import type { Priority } from '../../tickets/ticket.entity';
import type { LOG_COLUMNS } from '../log/log-records';
import type { RowErrorCode } from './row-error';

/** The columns of a row, not validated. */
export type Columns = Readonly<Record<(typeof LOG_COLUMNS)[number], string>>;

export interface WholeRow {
  readonly line: number;
  readonly columns: Columns;
  /** The priority of a creation, if the source has one. */
  readonly priority?: Priority;
}

/** A row that cannot be parsed. */
export interface BrokenRow {
  readonly line: number;
  readonly error: { readonly code: RowErrorCode; readonly reason: string };
  readonly raw: string;
}

export type LogRow = WholeRow | BrokenRow;

/** The ticket id of rows without a readable ticket id; no ticket has an empty id. */
export const NO_TICKET = '';

/** A row as quarantine needs it: its columns or its raw text. */
export type AnyRow = LogRow | { readonly line: number; readonly raw: string };

/** A row with the id of its ticket, or `NO_TICKET`. */
export interface OwnedRow<Row extends AnyRow = LogRow> {
  readonly ticket: string;
  readonly row: Row;
  /** Its size in characters. */
  readonly size: number;
}

/** All rows of a ticket: those of a log ordered by `seq`, with an unreadable `seq` last. */
export interface TicketRows<Row extends AnyRow = LogRow> {
  readonly ticket: string;
  readonly rows: readonly Row[];
  /** Set when the rows exceed the size limit: `first` for the first part of them, `more` for a further part. */
  readonly excess?: 'first' | 'more';
}

/** A row of a source. */
export interface SourceRow {
  /** The id of its ticket, or `NO_TICKET`. */
  readonly ticket: string;
  readonly row: LogRow;
}

/** A source of rows about tickets. */
export interface LogSource {
  /**
   * The rows in any order, read on demand.
   *
   * @throws BrokenFileError when the source is truncated or corrupt
   */
  readonly rows: AsyncIterable<SourceRow>;
  /** Returns the fraction of the source that has been read, from 0 to 1. */
  fractionRead(): number;
  close(): Promise<void>;
}
