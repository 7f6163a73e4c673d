import { readCsvRecord } from './csv-source';

const FIELDS = ['T-1', '2', 'open', 'closed', '2026-01-01T00:00:00Z', 'ada', 'Fix it'];
const broken = (raw: string) => ({ line: 3, code: 'bad_csv', problem: 'a quote is not closed', raw }) as const;

describe('readCsvRecord', () => {
  it('names the columns, and judges none of them but the id', () => {
    const [, , ...rest] = FIELDS;
    expect(readCsvRecord({ line: 3, fields: ['T-1', 'two', ...rest] })).toEqual({
      ticket: 'T-1',
      row: {
        line: 3,
        columns: {
          ticket_id: 'T-1',
          seq: 'two',
          from_state: 'open',
          to_state: 'closed',
          at: '2026-01-01T00:00:00Z',
          actor: 'ada',
          title: 'Fix it',
        },
      },
    });
  });

  it.each([
    [['T-1', '2', 'a "b"', 'c'], 'T-1', 'expected 7 columns, got 4', 'T-1,2,"a ""b""",c'],
    [[...FIELDS, 'x,\ny'], 'T-1', 'expected 7 columns, got 8', `${FIELDS.join(',')},"x,\ny"`],
    [['', '2'], '', 'expected 7 columns, got 2', ',2'],
  ])('rejects the columns of %j and returns their ticket id', (fields, ticket, reason, raw) => {
    const error = { code: 'bad_columns', reason };
    expect(readCsvRecord({ line: 3, fields })).toEqual({ ticket, row: { line: 3, error, raw } });
  });

  it.each(['', 'x'.repeat(256), 'a\0'])('does not know the ticket %j', (id) => {
    expect(readCsvRecord({ line: 3, fields: [id, ...FIELDS.slice(1)] })).toMatchObject({
      ticket: '',
      row: { line: 3, error: { code: 'bad_ticket_id' }, raw: expect.stringContaining(',2,open,') },
    });
  });

  it.each([
    ['T-1,2,open,"closed', 'T-1'],
    ['"T-1, ""the"" first",2,open,"closed', 'T-1, "the" first'],
    ['"T-1,2', ''],
    ['T-1', ''],
    ['', ''],
    [',2', ''],
    ['T"1,2', ''],
    ['T\uFFFD1,2', ''],
  ])('finds the ticket id of the broken line %j', (raw, ticket) => {
    const error = { code: 'bad_csv', reason: 'a quote is not closed' };
    expect(readCsvRecord(broken(raw))).toEqual({ ticket, row: { line: 3, error, raw } });
  });
});
