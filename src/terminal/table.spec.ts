import { formatTable } from './table';

describe('formatTable', () => {
  it('aligns numbers to the right and names to the left', () => {
    expect(
      formatTable([
        ['name', 'count'],
        ['a', 5],
        ['longer', 12_345],
      ]),
    ).toBe(['  name     count', '  a            5', '  longer  12,345'].join('\n'));
  });

  it('gives nothing for no rows', () => {
    expect(formatTable([])).toBe('');
  });
});
