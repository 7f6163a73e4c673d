import { ONE, STORED_REPAIRS, TO_THREE, TO_TWO, TWO } from '../../test/verify/graphs';
import { auditRuns, PlanTally, type StoredRun } from './audit-runs';
import { Plans } from '../audit/plans';

const SOUND: readonly StoredRun[] = [
  { id: 'first', planId: TO_TWO, fromGraphId: ONE, moved: 3 },
  { id: 'second', planId: TO_THREE, fromGraphId: TWO, moved: 0 },
];

function findingsOf(runs: readonly StoredRun[]): string[] {
  const tally = new PlanTally();
  tally.count([
    { kind: 'migration', graphId: TO_TWO },
    { kind: 'transition', graphId: TWO },
  ]);
  tally.count([1, 2].map(() => ({ kind: 'migration', graphId: TO_TWO })));
  return auditRuns(runs, new Plans(STORED_REPAIRS), tally).map(({ code, detail }) => `${code}: ${detail}`);
}

describe('auditRuns', () => {
  it('finds nothing where migrations count what their plans moved', () => expect(findingsOf(SOUND)).toEqual([]));

  it('finds nothing where tickets that were imported had made the way already', () =>
    expect(findingsOf(SOUND.map((run) => ({ ...run, moved: 0 })))).toEqual([]));

  it('finds migrations that count moves that there are not', () => {
    expect(findingsOf(SOUND.map((run) => ({ ...run, moved: run.moved + 1 })))).toEqual([
      'migration_count_mismatch: Migration first counts 4 moves; there are 3 under its plan.',
      'migration_count_mismatch: Migration second counts 1 moves; there are 0 under its plan.',
    ]);
  });

  it('finds migrations that lead elsewhere than their plans', () => {
    expect(findingsOf([{ ...SOUND[0]!, fromGraphId: TWO }])).toEqual([
      `plan_broken: Migration first leads from graph ${TWO} along graph ${TO_TWO}, which leads from graph ${ONE}.`,
    ]);
    expect(findingsOf([{ ...SOUND[1]!, planId: TWO }])).toEqual([
      `plan_broken: Migration second leads from graph ${TWO} along graph ${TWO}, which is no plan.`,
    ]);
  });
});
