import { RowStream } from './row-stream';

interface OfTicket {
  readonly ticketId: string;
}

/** Three ordered queries: tickets by id, the others by ticket id and then by sequence or version. */
export interface Streams<Ticket extends { readonly id: string }, Move extends OfTicket, Event extends OfTicket> {
  readonly tickets: RowStream<Ticket>;
  readonly moves: RowStream<Move>;
  readonly events: RowStream<Event>;
}

/** A ticket with its history rows and events. */
export interface Joined<Ticket, Move, Event> {
  readonly ticket: Ticket;
  readonly moves: readonly Move[];
  readonly events: readonly Event[];
}

/** Rows whose ticket does not exist. */
export interface Orphans {
  readonly table: 'phase_history' | 'ticket_events';
  readonly ticketId: string;
  readonly rows: number;
}

/**
 * Joins the rows of each ticket in one pass over all streams. Memory holds a page of each stream and the rows of one
 * ticket. Ids as text sort as PostgreSQL sorts them.
 */
export async function* joinRecords<
  Ticket extends { readonly id: string },
  Move extends OfTicket,
  Event extends OfTicket,
>({ tickets, moves, events }: Streams<Ticket, Move, Event>): AsyncGenerator<Joined<Ticket, Move, Event> | Orphans> {
  for (;;) {
    const [ticket] = await takeOne(tickets);
    yield* orphansBefore(ticket?.id, 'phase_history', moves);
    yield* orphansBefore(ticket?.id, 'ticket_events', events);
    if (ticket === undefined) return;
    const isOwn = ({ ticketId }: OfTicket): boolean => ticketId === ticket.id;
    yield { ticket, moves: await moves.takeWhile(isOwn), events: await events.takeWhile(isOwn) };
  }
}

function takeOne<T extends object>(stream: RowStream<T>): Promise<T[]> {
  let taken = false;
  return stream.takeWhile(() => !taken && (taken = true));
}

async function* orphansBefore<T extends OfTicket>(
  id: string | undefined,
  table: Orphans['table'],
  stream: RowStream<T>,
): AsyncGenerator<Orphans> {
  for (;;) {
    const first = await stream.peek();
    if (first === undefined || (id !== undefined && first.ticketId >= id)) return;
    const rows = await stream.takeWhile(({ ticketId }) => ticketId === first.ticketId);
    yield { table, ticketId: first.ticketId, rows: rows.length };
  }
}
