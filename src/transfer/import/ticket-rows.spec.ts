import type { LogRow, OwnedRow, TicketRows } from './log-row';
import { batchTickets, groupByTicket } from './ticket-rows';

const row = (line: number): LogRow => ({ line, error: { code: 'bad_csv', reason: '' }, raw: '' });

async function* each<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const value of values) found.push(value);
  return found;
}

/** `aab` are two rows of ticket a and one of b, on lines 1, 2, 3. */
function staged(tickets: string, size = 10): OwnedRow[] {
  return Array.from(tickets, (ticket, i) => ({ ticket, row: row(i + 1), size }));
}

const linesOf = ({ ticket, rows, excess }: TicketRows) => [ticket, rows.map(({ line }) => line), excess];

describe('groupByTicket', () => {
  const group = async (tickets: string, room: number) =>
    (await all(groupByTicket(each(staged(tickets)), room))).map(linesOf);

  it('brings the rows of each ticket together', async () => {
    expect(await group('aabccc', 100)).toEqual([
      ['a', [1, 2], undefined],
      ['b', [3], undefined],
      ['c', [4, 5, 6], undefined],
    ]);
  });

  it('gives nothing of nothing', async () => expect(await group('', 100)).toEqual([]));

  it('gives what does not fit in parts, and says so of each', async () => {
    expect(await group('abbbbbc', 20)).toEqual([
      ['a', [1], undefined],
      ['b', [2, 3, 4], 'first'],
      ['b', [5, 6], 'more'],
      ['c', [7], undefined],
    ]);
    expect(await group('aaa', 20)).toEqual([['a', [1, 2, 3], 'first']]);
    expect(await group('aa', 20)).toEqual([['a', [1, 2], undefined]]);
  });
});

describe('batchTickets', () => {
  const ticket = (name: string, rows: number): TicketRows => ({
    ticket: name,
    rows: Array.from({ length: rows }, () => row(1)),
  });
  const batch = async (...sizes: number[]) =>
    (await all(batchTickets(each(sizes.map((rows, i) => ticket(String(i), rows))), { tickets: 3, rows: 10 }))).map(
      (tickets) => tickets.map(({ rows }) => rows.length),
    );

  it('fills batches up to so many tickets or rows', async () => {
    expect(await batch(1, 1, 1, 1)).toEqual([[1, 1, 1], [1]]);
    expect(await batch(5, 5, 1)).toEqual([[5, 5], [1]]);
    expect(await batch(5, 6, 1)).toEqual([[5], [6, 1]]);
    expect(await batch(1, 50, 1)).toEqual([[1], [50], [1]]);
    expect(await batch()).toEqual([]);
  });

  it('fills batches up to so many characters of rows that are text', async () => {
    const tickets = [4, 4, 4, 20, 1].map((length, i): TicketRows => {
      const text: LogRow = { line: 1, error: { code: 'bad_csv', reason: '' }, raw: 'x'.repeat(length) };
      return { ticket: String(i), rows: [text] };
    });
    const batches = await all(batchTickets(each(tickets), { tickets: 3, rows: 10, characters: 8 }));
    expect(batches.map((batch) => batch.map(({ ticket: name }) => name).join())).toEqual(['0,1', '2', '3', '4']);
  });
});
