import { joinRecords } from './join-records';
import { RowStream } from './row-stream';

function streamOf<T extends object>(rows: readonly T[], size: number): RowStream<T> {
  let at = 0;
  return new RowStream(async () => rows.slice(at, (at += size)));
}

/** Returns the joined records in short form: `ticket moves/events`, and `table ticket rows` for orphans. */
async function join(tickets: string, moves: string, events: string, size: number): Promise<string[]> {
  const rows = (ids: string) => ids.split('').map((ticketId) => ({ ticketId }));
  const joined: string[] = [];
  const streams = {
    tickets: streamOf(
      tickets.split('').map((id) => ({ id })),
      size,
    ),
    moves: streamOf(rows(moves), size),
    events: streamOf(rows(events), size),
  };
  for await (const record of joinRecords(streams)) {
    if ('table' in record) joined.push(`${record.table} ${record.ticketId} ${record.rows}`);
    else joined.push(`${record.ticket.id} ${record.moves.length}/${record.events.length}`);
  }
  return joined;
}

describe('joinRecords', () => {
  it.each([1, 2, 3, 100])('joins each ticket with its rows, with pages of %i', async (size) => {
    expect(await join('bcd', 'bbddd', 'bbbcdddd', size)).toEqual(['b 2/3', 'c 0/1', 'd 3/4']);
  });

  it.each([1, 2, 100])('reports rows without a ticket at every position, with pages of %i', async (size) => {
    expect(await join('bd', 'aabcce', 'abdeee', size)).toEqual([
      'phase_history a 2',
      'ticket_events a 1',
      'b 1/1',
      'phase_history c 2',
      'd 0/1',
      'phase_history e 1',
      'ticket_events e 3',
    ]);
  });

  it('yields nothing for empty streams, and only orphans without tickets', async () => {
    expect(await join('', '', '', 2)).toEqual([]);
    expect(await join('', 'aa', 'b', 2)).toEqual(['phase_history a 2', 'ticket_events b 1']);
  });
});
