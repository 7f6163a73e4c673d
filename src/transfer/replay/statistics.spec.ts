import { ReplayStatistics } from './statistics';

describe('ReplayStatistics', () => {
  it('reports the moves sorted by count, then by name', () => {
    const statistics = new ReplayStatistics();
    statistics.countAccepted('DESIGN', 'TESTING');
    for (const to of ['DONE', 'DESIGN', 'DONE', 'BLOCKED'])
      statistics.countRefused('BACKLOG', to, 'illegal_transition');
    statistics.countRefused('BACKLOG', 'DONE', 'guard_failed');
    const report = statistics.report(2, 0, true);
    expect(report.accepted_by_move).toEqual([{ from: 'DESIGN', to: 'TESTING', count: 1 }]);
    expect(report.refused_by_move).toEqual([
      { from: 'BACKLOG', to: 'DONE', code: 'illegal_transition', count: 2 },
      { from: 'BACKLOG', to: 'BLOCKED', code: 'illegal_transition', count: 1 },
      { from: 'BACKLOG', to: 'DESIGN', code: 'illegal_transition', count: 1 },
      { from: 'BACKLOG', to: 'DONE', code: 'guard_failed', count: 1 },
    ]);
    expect(Object.entries(report.refused_by_code)).toEqual([
      ['illegal_transition', 4],
      ['guard_failed', 1],
    ]);
  });

  it('reports everything, in a form that does not change', () => {
    const statistics = new ReplayStatistics();
    statistics.tickets = 3;
    statistics.ticketsBlockedFirst = 1;
    statistics.rows.read = 9;
    statistics.rows.bad = 1;
    statistics.countAccepted('BACKLOG', 'DESIGN');
    statistics.countSkip('unmapped');
    statistics.countSkip('same_phase');
    statistics.countSkip('same_phase');
    statistics.countSkip('same_state');
    statistics.countError('ECONNRESET');
    for (const phase of ['DONE', 'BLOCKED', 'BLOCKED']) statistics.countRefusedCreation(phase);
    expect(statistics.report(2, 5, false)).toEqual({
      tickets: 3,
      tickets_blocked_first: 1,
      refused_creations: 3,
      refused_creations_by_phase: { BLOCKED: 2, DONE: 1 },
      moves: { accepted: 1, refused: 0, skipped_same_phase: 2, skipped_same_state: 1, skipped_unmapped: 1 },
      refused_by_code: {},
      refused_by_move: [],
      accepted_by_move: [{ from: 'BACKLOG', to: 'DESIGN', count: 1 }],
      rows: { read: 9, bad: 1, missing: 0, not_sent: 0 },
      errors: 1,
      errors_by_code: { ECONNRESET: 1 },
      retries: 5,
      complete: false,
      seconds: 2,
      moves_per_second: 0.5,
      requests_per_second: 2,
    });
  });

  it('gives a rate of 0 for a run that took no time', () => {
    expect(new ReplayStatistics().report(0, 0, true)).toMatchObject({ moves_per_second: 0, requests_per_second: 0 });
  });
});
