import type { VerifyReport } from './report';
import { formatReport } from './report-text';

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

describe('formatReport', () => {
  it('says that nothing was found', () => {
    expect(formatReport(SOUND, 20)).toBe(`\
  tickets       1,200
  moves        12,000
  events       13,200
  round trips      14
  seconds        0.25
  findings          0

Nothing was found: every ticket agrees with its history, its events and the rules.
`);
  });

  it('tells what was found: how much of what, and the first of them', () => {
    const findings = ['a', 'b', null].map((ticket_id) => ({ code: 'time_falls', ticket_id, detail: 'Why.' }) as const);
    const report = { ...SOUND, sound: false, findings_total: 3, findings_by_code: { time_falls: 3 }, findings };
    const text = formatReport(report, 2);
    expect(text).toMatch(/findings +3\n/);
    expect(text).toContain('time_falls  a move is earlier than the one before it  3\n');
    expect(text).toContain('The first 2 findings\n\n  a  time_falls  Why.\n  b  time_falls  Why.\n');
    expect(text).not.toContain('database');
    expect(formatReport(report, 20)).toContain('Findings\n\n  a         time_falls  Why.\n  b ');
    expect(formatReport(report, 20)).toContain('  database  time_falls  Why.\n');
    expect(formatReport(report, 0)).not.toContain('Why.');
  });

  it('tells of what is no error', () => {
    const notes = { unsettled_moves: 2, graphs_without_rules: ['chores 1'] };
    const text = formatReport({ ...SOUND, notes }, 20);
    expect(text).toMatch(/notes of unsettled moves \(no error\) +2\n/);
    expect(text).toMatch(/graph "chores 1", of which only the edges are known +1\n/);
  });
});
