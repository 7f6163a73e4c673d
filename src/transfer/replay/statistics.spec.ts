import { Tally } from './statistics';

describe('Tally', () => {
  it('reports the moves sorted by count, then by name', () => {
    const tally = new Tally();
    tally.countAccepted('DESIGN', 'TESTING');
    for (const to of ['DONE', 'DESIGN', 'DONE', 'BLOCKED']) tally.countRefused('BACKLOG', to, 'illegal_transition');
    tally.countRefused('BACKLOG', 'DONE', 'guard_failed');
    const report = tally.report(2, 0, true);
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
    const tally = new Tally();
    tally.tickets = 3;
    tally.ticketsBlockedFirst = 1;
    tally.rows.read = 9;
    tally.rows.bad = 1;
    tally.countAccepted('BACKLOG', 'DESIGN');
    tally.countSkip('unmapped');
    tally.countSkip('same_phase');
    tally.countSkip('same_phase');
    tally.countSkip('same_state');
    tally.countError('ECONNRESET');
    for (const phase of ['DONE', 'BLOCKED', 'BLOCKED']) tally.countRefusedCreation(phase);
    expect(tally.report(2, 5, false)).toEqual({
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
    expect(new Tally().report(0, 0, true)).toMatchObject({ moves_per_second: 0, requests_per_second: 0 });
  });
});
