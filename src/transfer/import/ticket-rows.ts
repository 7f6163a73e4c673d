import type { AnyRow, OwnedRow, TicketRows } from './row';

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

/** Puts tickets together for one transaction, up to so many tickets and so many rows; a larger ticket comes alone. */
export async function* batchTickets<Row extends AnyRow>(
  tickets: AsyncIterable<TicketRows<Row>>,
  most: { readonly tickets: number; readonly rows: number },
): AsyncGenerator<readonly TicketRows<Row>[]> {
  let batch: TicketRows<Row>[] = [];
  let rows = 0;
  for await (const ticket of tickets) {
    if (batch.length > 0 && (batch.length === most.tickets || rows + ticket.rows.length > most.rows)) {
      yield batch;
      [batch, rows] = [[], 0];
    }
    batch.push(ticket);
    rows += ticket.rows.length;
  }
  if (batch.length > 0) yield batch;
}
