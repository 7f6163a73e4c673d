import type { Finding } from '../audit/finding';
import { AuditCounts, formatVerifyReport, KEPT_FINDINGS, type VerifyReport } from './report';

const SOUND: VerifyReport = {
  sound: true,
  tickets: 1_200,
  moves: 12_000,
  events: 13_200,
  findings_total: 0,
  findings_by_code: {},
  findings: [],
  findings_left_out: 0,
  notes: { unsettled_moves: 0, graphs_without_rules: [] },
  round_trips: 14,
  seconds: 0.25,
};

describe('AuditCounts', () => {
  it('counts every finding, orders codes by frequency, and keeps as many findings as a report holds', () => {
    const counts = new AuditCounts();
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

describe('formatVerifyReport', () => {
  it('formats a report without findings', () => {
    expect(formatVerifyReport(SOUND, 20)).toBe(`\
  tickets       1,200
  transitions  12,000
  events       13,200
  round trips      14
  seconds        0.25
  findings          0

No findings: every ticket agrees with its history, its events and its workflow.
`);
  });

  it('lists the number of findings of each code and the first findings', () => {
    const findings = ['a', 'b', null].map((ticket_id) => ({ code: 'time_falls', ticket_id, detail: 'Why.' }) as const);
    const report = { ...SOUND, sound: false, findings_total: 3, findings_by_code: { time_falls: 3 }, findings };
    const text = formatVerifyReport(report, 2);
    expect(text).toMatch(/findings +3\n/);
    expect(text).toContain('time_falls  a transition is earlier than the previous one  3\n');
    expect(text).toContain('The first 2 findings\n\n  a  time_falls  Why.\n  b  time_falls  Why.\n');
    expect(text).not.toContain('database');
    expect(formatVerifyReport(report, 20)).toContain('Findings\n\n  a         time_falls  Why.\n  b ');
    expect(formatVerifyReport(report, 20)).toContain('  database  time_falls  Why.\n');
    expect(formatVerifyReport(report, 0)).not.toContain('Why.');
  });

  it('shows notes that are not errors', () => {
    const notes = { unsettled_moves: 2, graphs_without_rules: ['chores 1'] };
    const text = formatVerifyReport({ ...SOUND, notes }, 20);
    expect(text).toMatch(/pending checks \(not an error\) +2\n/);
    expect(text).toMatch(/graph "chores 1", checked by its edges only +1\n/);
  });
});
