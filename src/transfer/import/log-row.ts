import type { Priority } from '../../tickets/ticket.entity';
import type { LOG_COLUMNS } from '../log/log-records';
import type { RowErrorCode } from './row-error';

/** A row as the log has it: nothing is known but that it is a row, and whose. */
export type Columns = Readonly<Record<(typeof LOG_COLUMNS)[number], string>>;

export interface WholeRow {
  readonly line: number;
  readonly columns: Columns;
  /** Of a creation, where its source tells. */
  readonly priority?: Priority;
}

/** What is left of a row that could not be read. */
export interface BrokenRow {
  readonly line: number;
  readonly error: { readonly code: RowErrorCode; readonly reason: string };
  readonly raw: string;
}

export type LogRow = WholeRow | BrokenRow;

/** Stands for the ticket of rows of which nobody can tell whose they are; no ticket has an empty id. */
export const NO_TICKET = '';

/** A row as far as quarantine needs to know it: its columns, or its text as it stands. */
export type AnyRow = LogRow | { readonly line: number; readonly raw: string };

/** A row and whose it is: a ticket's id, or `NO_TICKET`. */
export interface OwnedRow<Row extends AnyRow = LogRow> {
  readonly ticket: string;
  readonly row: Row;
  /** How much room it takes. */
  readonly size: number;
}

/** All rows of a ticket in their order: those of a log by `seq`, those whose `seq` cannot be read last. */
export interface TicketRows<Row extends AnyRow = LogRow> {
  readonly ticket: string;
  readonly rows: readonly Row[];
  /** There are more rows than fit into memory together: these are the first of them, or more. */
  readonly excess?: 'first' | 'more';
}

/** A row as it comes from its source. */
export interface SourceRow {
  /** Its ticket's id there, or `NO_TICKET`. */
  readonly ticket: string;
  readonly row: LogRow;
}

/** Where rows come from. Whatever tells of tickets row by row can be one. */
export interface LogSource {
  /**
   * In any order, read as they are asked for.
   *
   * @throws BrokenFileError where the source breaks off
   */
  readonly rows: AsyncIterable<SourceRow>;
  /** How much of the source has been read, from 0 to 1. */
  fractionRead(): number;
  close(): Promise<void>;
}
