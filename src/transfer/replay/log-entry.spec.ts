import { readLogEntry } from './log-entry';

const good = ['T-1', '2', 'open', 'closed', '2026-01-01T00:00:00Z', 'ada', 'Fix it'];

function withField(index: number, value: string): string[] {
  return good.map((field, at) => (at === index ? value : field));
}

describe('readLogEntry', () => {
  it('reads a row', () => {
    expect(readLogEntry(7, good)).toEqual({
      kind: 'row',
      line: 7,
      ticket: 'T-1',
      seq: 2,
      fromState: 'open',
      toState: 'closed',
      actor: 'ada',
      title: 'Fix it',
    });
  });

  it('takes empty titles, actors, times and first states', () => {
    expect(readLogEntry(2, ['T-1', '1', '', 'open', '', '', ''])).toMatchObject({ kind: 'row', title: '', actor: '' });
  });

  it.each([6, 8])('refuses a row of %i columns', (count) => {
    const problem = `expected 7 columns, got ${count}`;
    expect(readLogEntry(3, Array<string>(count).fill('x'))).toEqual({ kind: 'bad', line: 3, problem });
  });

  it('refuses a row without a ticket', () => {
    expect(readLogEntry(3, withField(0, ''))).toEqual({ kind: 'bad', line: 3, problem: 'ticket_id is empty' });
  });

  it.each(['', '0', '-1', '1.5', 'two', '1e3', ' 1', '1000000001'])('refuses seq %j', (seq) => {
    const problem = `seq must be a whole number from 1, got ${JSON.stringify(seq)}`;
    expect(readLogEntry(3, withField(1, seq))).toEqual({ kind: 'bad', line: 3, problem });
  });

  it('says whose row it is where only the rest is bad', () => {
    const whose = { kind: 'bad', line: 3, ticket: 'T-1', seq: 2 };
    expect(readLogEntry(3, withField(3, ''))).toEqual({ ...whose, problem: 'to_state is empty' });
    expect(readLogEntry(3, withField(6, 'a\0b'))).toEqual({ ...whose, problem: 'it contains a NUL character' });
  });
});
