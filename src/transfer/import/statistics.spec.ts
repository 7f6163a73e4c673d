import { compileWorkflow } from '../../machine/compiled-workflow';
import { resultOf, ImportStatistics } from './statistics';
import { type ContinuePlan, type CreatePlan, planTicket } from './planner';

const graph = compileWorkflow({
  initial: ['a'],
  phases: [
    { id: 'a', category: 'todo' },
    { id: 'b', category: 'done' },
  ],
  transitions: [{ from: 'a', to: 'b' }],
});

function planOf(...states: string[]): CreatePlan {
  const rows = states.map((to_state, i) => {
    const columns = { ticket_id: 'T', seq: String(i + 1), from_state: states[i - 1] ?? '', to_state };
    return { line: i + 2, columns: { ...columns, at: '2026-01-01T00:00:00.0001Z', actor: '', title: '' } };
  });
  return planTicket({ ticket: 'T', rows }, undefined, { graph, graphOf: () => graph, now: Date.now() }) as CreatePlan;
}

const known = { present: 2, repeats: 1, shortened: 3, titleKept: true } as const;

describe('ImportStatistics', () => {
  it('gives every row one fate', () => {
    const statistics = new ImportStatistics();
    statistics.rowsRead = 13;
    statistics.count(resultOf(planOf('a', 'b', 'b')));
    statistics.count(resultOf({ kind: 'unchanged', ...known }));
    const { creation } = planOf('a');
    const stored = {} as ContinuePlan['stored'];
    const continued = { kind: 'continue', stored, moves: [creation], resumePhase: null, titledBy: creation } as const;
    statistics.count(resultOf({ ...continued, ...known, title: 'x', titleKept: false }));
    statistics.countQuarantined(['bad_csv', 'ticket_quarantined'], true);
    statistics.countQuarantined(['bad_csv'], false);
    expect(statistics.counts()).toEqual({
      rows: { read: 13, written: 3, already_there: 4, repeating: 3, quarantined: 3, left: 0 },
      tickets: { created: 1, continued: 1, unchanged: 1, quarantined: 1 },
      moves_written: 2,
      titles_changed: 1,
      titles_kept: 1,
      times_shortened: 9,
      quarantined_by_code: { bad_csv: 2, ticket_quarantined: 1 },
    });
  });

  it('knows how many rows are left', () => {
    const statistics = new ImportStatistics();
    statistics.rowsRead = 5;
    statistics.count(resultOf(planOf('a', 'b')));
    expect(statistics.processedRows).toBe(2);
    expect(statistics.counts().rows.left).toBe(3);
  });
});
