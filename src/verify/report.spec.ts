import type { Finding } from '../audit/finding';
import { Counts, KEPT_FINDINGS } from './report';

describe('Counts', () => {
  it('counts every finding, the most frequent codes first, and keeps as many as a report may hold', () => {
    const counts = new Counts();
    const finding: Finding = { code: 'time_falls', ticket_id: 'a', detail: 'x' };
    counts.add([{ ...finding, code: 'phase_mismatch' }]);
    counts.add(Array.from({ length: KEPT_FINDINGS }, () => finding));
    expect(counts.findings).toBe(KEPT_FINDINGS + 1);
    expect(counts.kept).toHaveLength(KEPT_FINDINGS);
    expect(Object.entries(counts.codes())).toEqual([
      ['time_falls', KEPT_FINDINGS],
      ['phase_mismatch', 1],
    ]);
  });
});
