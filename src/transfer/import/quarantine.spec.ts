import { quarantineLines } from './quarantine';
import { type Columns, type LogRow, NO_TICKET } from './log-row';

const columns: Columns = {
  ticket_id: 'T-1',
  seq: '1',
  from_state: '',
  to_state: 'a\0',
  at: 'soon',
  actor: 'é',
  title: '"x"',
};

describe('quarantineLines', () => {
  it('reports for each row its own error or that of another row of the ticket', () => {
    const rows: LogRow[] = [
      { line: 2, columns },
      { line: 3, columns },
      { line: 4, error: { code: 'bad_csv', reason: 'a quote is not closed' }, raw: 'T-1,"' },
      { line: 9, error: { code: 'bad_csv', reason: 'it is torn' }, raw: 'T-1,' },
    ];
    const errors = [
      { line: 3, code: 'bad_time', reason: 'at must be a time' },
      { line: 4, code: 'bad_csv', reason: 'a quote is not closed' },
    ] as const;
    const reason = 'line 3 of the same ticket is rejected (bad_time)';
    expect(quarantineLines('T-1', rows, errors).map(({ code, text }) => [code, JSON.parse(text)])).toEqual([
      ['ticket_quarantined', { line: 2, code: 'ticket_quarantined', reason, ticket_id: 'T-1', row: columns }],
      ['bad_time', { line: 3, code: 'bad_time', reason: 'at must be a time', ticket_id: 'T-1', row: columns }],
      ['bad_csv', { line: 4, code: 'bad_csv', reason: 'a quote is not closed', ticket_id: 'T-1', raw: 'T-1,"' }],
      ['ticket_quarantined', { line: 9, code: 'ticket_quarantined', reason, ticket_id: 'T-1', raw: 'T-1,' }],
    ]);
  });

  it('accepts rows without a ticket id', () => {
    const error = { line: 2, code: 'bad_encoding', reason: 'it is not valid UTF-8' } as const;
    const [line] = quarantineLines(NO_TICKET, [{ line: 2, error, raw: '\uFFFD' }], [error]);
    expect(line!.text).toBe(
      '{"line":2,"code":"bad_encoding","reason":"it is not valid UTF-8","ticket_id":null,"raw":"\uFFFD"}\n',
    );
  });
});
