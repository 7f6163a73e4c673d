import type { AnyRow, OwnedRow, TicketRows } from './log-row';

/**
 * Groups rows, which must be ordered by ticket.
 *
 * @param limit the limit for the rows of one ticket; a larger ticket is returned in parts with `excess` set
 */
export async function* groupByTicket<Row extends AnyRow>(
  owned: AsyncIterable<OwnedRow<Row>>,
  limit: number,
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
    if (taken > limit) {
      yield { ...open, excess: open.excess ?? 'first' };
      [open, taken] = [{ ticket, rows: [], excess: 'more' }, 0];
    }
  }
  if (open !== undefined && open.rows.length > 0) yield open;
}

/** The limits of one transaction. */
export interface BatchLimits {
  readonly tickets: number;
  readonly rows: number;
  /** The characters of rows that are kept as raw text. */
  readonly characters?: number;
}

/** Groups tickets into batches. A ticket that exceeds the limits gets a batch of its own. */
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
