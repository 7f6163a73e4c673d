import { ONE, STORED_REPAIRS, TO_THREE, TO_TWO, TWO } from '../../test/verify/graphs';
import { MigrationPlans } from '../audit/workflow-versions';
import { auditRuns, PlanCounts, type StoredRun } from './migration-runs';

const FIRST: StoredRun = { id: 'first', planId: TO_TWO, fromGraphId: ONE, moved: 3 };
const SECOND: StoredRun = { id: 'second', planId: TO_THREE, fromGraphId: TWO, moved: 0 };
const SOUND: readonly StoredRun[] = [FIRST, SECOND];

function findingsOf(runs: readonly StoredRun[]): string[] {
  const counts = new PlanCounts();
  counts.add([
    { kind: 'migration', graphId: TO_TWO },
    { kind: 'transition', graphId: TWO },
  ]);
  counts.add([1, 2].map(() => ({ kind: 'migration', graphId: TO_TWO })));
  return auditRuns(runs, new MigrationPlans(STORED_REPAIRS), counts).map(({ code, detail }) => `${code}: ${detail}`);
}

describe('auditRuns', () => {
  it('finds nothing if migrations count the history rows of their plans', () => expect(findingsOf(SOUND)).toEqual([]));

  it('finds nothing if imported tickets have further history rows of an equal plan', () =>
    expect(findingsOf([{ ...FIRST, moved: 0 }, SECOND])).toEqual([]));

  it('finds migrations that count more tickets than their plans have history rows', () => {
    expect(
      findingsOf([
        { ...FIRST, moved: 4 },
        { ...SECOND, moved: 1 },
      ]),
    ).toEqual([
      'migration_count_mismatch: Migration first counts 4 moved tickets; its plan has 3 history rows.',
      'migration_count_mismatch: Migration second counts 1 moved tickets; its plan has 0 history rows.',
    ]);
  });

  it('finds plans without a run', () => {
    expect(findingsOf([FIRST])).toEqual([`run_missing: The plan of graph ${TO_THREE} has no run.`]);
  });

  it('finds migrations that disagree with their plans', () => {
    expect(findingsOf([{ ...FIRST, fromGraphId: TWO }, SECOND])).toEqual([
      `plan_broken: Migration first leads from graph ${TWO} by graph ${TO_TWO}, which leads from graph ${ONE}.`,
    ]);
    expect(findingsOf([...SOUND, { ...SECOND, planId: TWO }])).toEqual([
      `plan_broken: Migration second leads from graph ${TWO} by graph ${TWO}, which is not a plan.`,
    ]);
  });
});
