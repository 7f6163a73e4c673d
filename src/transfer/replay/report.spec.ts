import { formatReplayReport } from './report';
import { ReplayStatistics } from './statistics';

describe('formatReplayReport', () => {
  it('lists each transition once with its accepted and refused counts', () => {
    const statistics = new ReplayStatistics();
    statistics.tickets = 2;
    statistics.rows.read = 5;
    statistics.countAccepted('BLOCKED', 'DESIGN');
    statistics.countRefused('BLOCKED', 'DESIGN', 'illegal_transition');
    statistics.countRefused('BACKLOG', 'DONE', 'illegal_transition');
    expect(formatReplayReport(statistics.report(0.5, 0, true))).toBe(`\
  rows read                         5
  tickets created                   2
  transitions accepted              1
  transitions refused               2
  skipped, already in that phase    0
  skipped, unmapped state           0
  seconds                         0.5
  transitions per second            2
  requests per second              10

Refused, by code

  illegal_transition  2

Transitions

  from        to      accepted  refused
  BLOCKED  →  DESIGN         1        1
  BACKLOG  →  DONE           0        1
`);
  });

  it('lists errors and omissions', () => {
    const statistics = new ReplayStatistics();
    statistics.rows.bad = 3;
    statistics.rows.missing = 2;
    statistics.rows.not_sent = 4;
    statistics.countError('busy');
    statistics.countRefusedCreation('on hold');
    statistics.countRefusedCreation('closed');
    statistics.countRefusedCreation('on hold');
    const text = formatReplayReport(statistics.report(1, 7, false));
    expect(text).toMatch(/creations refused +3\n/);
    expect(text).toContain(
      'Creations refused, by first phase (not initial in the workflow)\n\n  on hold  2\n  closed   1\n',
    );
    expect(text).toMatch(/bad rows +3\n/);
    expect(text).toMatch(/rows missing from the log +2\n/);
    expect(text).toMatch(/rows not sent +4\n/);
    expect(text).toMatch(/requests repeated, server busy +7\n/);
    expect(text).toContain('Errors, by code\n\n  busy  1\n');
  });
});
