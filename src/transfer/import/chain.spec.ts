import { readChain } from './chain';
import type { CheckedRow } from './checked-row';

/** Rows of one ticket, one an hour, on lines 2, 3, 4 …; each is written as `from>to`. */
function rowsOf(...moves: string[]): CheckedRow[] {
  return moves.map((move, i) => {
    const [from = '', to = ''] = move.split('>');
    return { line: i + 2, seq: i + 1, from, to, at: i * 3_600_000, actor: `actor-${i}`, title: '', shortened: false };
  });
}

function changed(rows: CheckedRow[], index: number, change: Partial<CheckedRow>): CheckedRow[] {
  return rows.map((row, i) => (i === index ? { ...row, ...change } : row));
}

const read = (rows: CheckedRow[]) => readChain('T-1', rows);

describe('readChain', () => {
  it('separates the creation from the transitions', () => {
    const rows = rowsOf('>a', 'a>b', 'b>a');
    expect(read(rows)).toEqual({
      creation: rows[0],
      moves: [rows[1], rows[2]],
      repeats: 0,
      shortened: 0,
      title: 'T-1',
      titledBy: rows[0],
      titles: new Set(['T-1']),
    });
  });

  it('skips rows that repeat a state, and counts them; they have their number all the same', () => {
    const rows = rowsOf('>a', 'a>a', 'a>b', 'b>b', 'b>b');
    expect(read(rows)).toMatchObject({ creation: rows[0], moves: [rows[2]], repeats: 3 });
  });

  it('takes the last title that is not empty, and knows those before it', () => {
    let rows = changed(rowsOf('>a', 'a>b', 'b>b', 'b>c'), 1, { title: 'First' });
    rows = changed(rows, 2, { title: 'Second' });
    expect(read(rows)).toMatchObject({
      title: 'Second',
      titledBy: rows[2],
      titles: new Set(['T-1', 'First', 'Second']),
    });
    expect(read(changed(rows, 3, { title: '  ' }))).toMatchObject({ title: 'Second' });
  });

  it('takes times that are equal', () => {
    expect(read(changed(rowsOf('>a', 'a>b'), 1, { at: 0 }))).not.toHaveProperty('code');
  });

  it('counts the times that were cut to milliseconds', () => {
    expect(read(changed(rowsOf('>a', 'a>a'), 1, { shortened: true }))).toMatchObject({ shortened: 1 });
  });

  it('finds that the creation is missing', () => {
    expect(read(rowsOf('>a', 'a>b', 'b>c').slice(1))).toEqual({
      line: 3,
      code: 'creation_missing',
      reason: 'the ticket starts with seq 2; its creation, seq 1, is missing',
    });
  });

  it('finds gaps', () => {
    const rows = rowsOf('>a', 'a>b', 'b>c', 'c>d');
    const gap = (reason: string, line: number) => ({ line, code: 'seq_gap', reason });
    expect(read([rows[0]!, ...rows.slice(2)])).toEqual(gap('seq 3 follows seq 1; seq 2 is missing', 4));
    expect(read([rows[0]!, rows[3]!])).toEqual(gap('seq 4 follows seq 1; seq 2 to 3 are missing', 5));
  });

  it('finds a number that comes twice, also when both rows say the same', () => {
    const rows = rowsOf('>a', 'a>b');
    expect(read([...rows, { ...rows[1]!, line: 9 }])).toEqual({
      line: 9,
      code: 'seq_repeated',
      reason: 'seq 2 is already on line 3',
    });
  });

  it('finds a creation that starts somewhere', () => {
    expect(read(rowsOf('x>a'))).toEqual({
      line: 2,
      code: 'chain_broken',
      reason: 'from_state of a creation must be empty; got "x"',
    });
  });

  it.each(['c>d', '>b', 'c>c'])('finds that %s does not start where the row before it ended', (move) => {
    expect(read(rowsOf('>a', 'a>b', move))).toEqual({
      line: 4,
      code: 'chain_broken',
      reason: `from_state is ${JSON.stringify(move.split('>')[0])}; the previous row, on line 3, ended in "b"`,
    });
  });

  it('finds times that fall, also at a row that is skipped', () => {
    expect(read(changed(rowsOf('>a', 'a>b', 'b>b'), 2, { at: 3_599_999 }))).toEqual({
      line: 4,
      code: 'time_falls',
      reason: 'at is 1970-01-01T00:59:59.999Z; the previous row, on line 3, is at 1970-01-01T01:00:00.000Z',
    });
  });
});
