import type { Priority } from '../../tickets/ticket.entity';
import type { LOG_COLUMNS } from '../log/log-records';
import type { FaultCode } from './fault';

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
  readonly fault: { readonly code: FaultCode; readonly reason: string };
  readonly raw: string;
}

export type LogRow = WholeRow | BrokenRow;

/** Stands for the ticket of rows of which nobody can tell whose they are; no ticket has an empty id. */
export const NOBODYS = '';

/** A row as far as quarantine needs to know it: its columns, or its text as it stands. */
export type AnyRow = LogRow | { readonly line: number; readonly raw: string };

/** A row and whose it is: a ticket's id, or `NOBODYS`. */
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
