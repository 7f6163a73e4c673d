import fc from 'fast-check';
import type { ReplayEntry, ReplayRow } from './replay-log';
import { type OrderedEntry, RowOrder } from './row-order';

function row(ticket: string, seq: number, line = 0): ReplayRow {
  return { kind: 'row', line, ticket, seq, fromState: 'a', toState: 'b', actor: '', title: '' };
}

function orderOf(entries: ReplayEntry[], maxHeld?: number): OrderedEntry[] {
  const order = new RowOrder(maxHeld);
  return [...entries.flatMap((entry) => order.accept(entry)), ...order.flush()];
}

function names(entries: OrderedEntry[]): string[] {
  return entries.map((entry) => (entry.kind === 'row' ? `${entry.ticket}${entry.seq}` : entry.kind));
}

describe('RowOrder', () => {
  it('lets rows pass that come in order, tickets mixed', () => {
    const order = new RowOrder();
    const rows = [row('A', 1), row('B', 1), row('A', 2), row('B', 2)];
    for (const each of rows) expect(order.accept(each)).toEqual([each]);
    expect([...order.flush()]).toEqual([]);
  });

  it('holds a row that comes too early until its turn', () => {
    const order = new RowOrder();
    expect(order.accept(row('A', 3))).toEqual([]);
    expect(order.accept(row('A', 2))).toEqual([]);
    expect(names(order.accept(row('A', 1)))).toEqual(['A1', 'A2', 'A3']);
    expect(names(order.accept(row('A', 4)))).toEqual(['A4']);
  });

  it('reports a gap at the end and goes on behind it', () => {
    expect(orderOf([row('A', 1, 2), row('A', 3, 3), row('A', 7, 4), row('A', 8, 5)])).toEqual([
      row('A', 1, 2),
      { kind: 'gap', line: 3, missing: 1, problem: 'A: seq 2 is missing' },
      row('A', 3, 3),
      { kind: 'gap', line: 4, missing: 3, problem: 'A: seq 4 to 6 are missing' },
      row('A', 7, 4),
      row('A', 8, 5),
    ]);
  });

  it('takes a row that comes twice for bad, the first one counts', () => {
    const twice = orderOf([row('A', 1, 2), row('A', 1, 3), row('A', 3, 4), row('A', 3, 5), row('A', 2, 6)]);
    expect(names(twice)).toEqual(['A1', 'bad', 'bad', 'A2', 'A3']);
    expect(twice[1]).toEqual({ kind: 'bad', line: 3, problem: 'A: seq 1 is a duplicate, or arrived too late' });
  });

  it('holds no more than it may: the ticket that waited longest goes on without the missing row', () => {
    const order = new RowOrder(2);
    expect(order.accept(row('A', 2))).toEqual([]);
    expect(order.accept(row('B', 2))).toEqual([]);
    expect(names(order.accept(row('B', 3)))).toEqual(['gap', 'A2']);
    expect(names(order.accept(row('A', 1)))).toEqual(['bad']);
    expect(names(order.accept(row('B', 1)))).toEqual(['B1', 'B2', 'B3']);
  });

  it('counts a bad row as the one it says it is, so that it leaves no gap', () => {
    const bad: ReplayEntry = { kind: 'bad', line: 3, problem: 'to_state is empty', ticket: 'A', seq: 2 };
    expect(orderOf([row('A', 1), bad, row('A', 3)])).toEqual([row('A', 1), bad, row('A', 3)]);
  });

  it('passes on at once what says of no ticket', () => {
    const bad: ReplayEntry = { kind: 'bad', line: 3, problem: 'expected 7 columns, got 1' };
    expect(new RowOrder().accept(bad)).toEqual([bad]);
  });

  it('brings any shuffled log into order and loses nothing', () => {
    const log = fc.array(fc.nat(12), { minLength: 1, maxLength: 6 }).chain((lengths) => {
      const rows = lengths.flatMap((length, ticket) => Array.from({ length }, (_, n) => row(`T${ticket}-`, n + 1)));
      return fc.shuffledSubarray(rows, { minLength: rows.length });
    });
    fc.assert(
      fc.property(log, (rows) => {
        const ordered = orderOf(rows);
        expect(ordered).toHaveLength(rows.length);
        const seen = new Map<string, number>();
        for (const entry of ordered as ReplayRow[]) {
          expect(entry.seq).toBe((seen.get(entry.ticket) ?? 0) + 1);
          seen.set(entry.ticket, entry.seq);
        }
      }),
    );
  });

  it('gives every row one fate, whatever is missing and however little it may hold', () => {
    const rows = fc.array(fc.tuple(fc.constantFrom('A', 'B', 'C'), fc.integer({ min: 1, max: 9 })));
    fc.assert(
      fc.property(rows, fc.nat(4), (pairs, maxHeld) => {
        const ordered = orderOf(
          pairs.map(([ticket, seq]) => row(ticket, seq)),
          maxHeld,
        );
        expect(ordered.filter(({ kind }) => kind !== 'gap')).toHaveLength(pairs.length);
      }),
    );
  });
});
