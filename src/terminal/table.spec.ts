import { formatTable } from './table';

describe('formatTable', () => {
  it('right-aligns numbers and left-aligns texts', () => {
    expect(
      formatTable([
        ['name', 'count'],
        ['a', 5],
        ['longer', 12_345],
      ]),
    ).toBe(['  name     count', '  a            5', '  longer  12,345'].join('\n'));
  });

  it('returns an empty text for no rows', () => {
    expect(formatTable([])).toBe('');
  });
});
