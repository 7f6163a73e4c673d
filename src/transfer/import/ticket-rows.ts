import type { AnyRow, OwnedRow, TicketRows } from './log-row';

/**
 * Brings rows that come ordered by ticket together, a ticket at a time.
 *
 * @param room what the rows of a ticket may take together; one that takes more comes in parts, which say so
 */
export async function* groupByTicket<Row extends AnyRow>(
  owned: AsyncIterable<OwnedRow<Row>>,
  room: number,
): AsyncGenerator<TicketRows<Row>> {
  let open: { ticket: string; rows: Row[]; excess?: 'first' | 'more' } | undefined;
  let taken = 0;
  for await (const { ticket, row, size } of owned) {
    if (open !== undefined && open.ticket !== ticket) {
      if (open.rows.length > 0) yield open;
      open = undefined;
    }
    if (open === undefined) [open, taken] = [{ ticket, rows: [] }, 0];
    open.rows.push(row);
    taken += size;
    if (taken > room) {
      yield { ...open, excess: open.excess ?? 'first' };
      [open, taken] = [{ ticket, rows: [], excess: 'more' }, 0];
    }
  }
  if (open !== undefined && open.rows.length > 0) yield open;
}

/** What a transaction takes at most. */
export interface BatchLimits {
  readonly tickets: number;
  readonly rows: number;
  /** Characters of rows that are kept as their text. */
  readonly characters?: number;
}

/** Puts tickets together for one transaction; one that is larger than a transaction should be comes alone. */
export async function* batchTickets<Row extends AnyRow>(
  tickets: AsyncIterable<TicketRows<Row>>,
  most: BatchLimits,
): AsyncGenerator<readonly TicketRows<Row>[]> {
  let batch: TicketRows<Row>[] = [];
  let [rows, characters] = [0, 0];
  for await (const ticket of tickets) {
    rows += ticket.rows.length;
    characters += charactersOf(ticket);
    const isFull = batch.length === most.tickets || rows > most.rows || characters > (most.characters ?? Infinity);
    if (batch.length > 0 && isFull) {
      yield batch;
      batch = [];
      [rows, characters] = [ticket.rows.length, charactersOf(ticket)];
    }
    batch.push(ticket);
  }
  if (batch.length > 0) yield batch;
}

function charactersOf({ rows }: TicketRows<AnyRow>): number {
  return rows.reduce((sum, row) => sum + ('raw' in row ? row.raw.length : 0), 0);
}
