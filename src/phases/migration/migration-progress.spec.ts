import { advance, type BatchResult, type MigrationProgress } from './migration-progress';

const STARTED: Omit<MigrationProgress, 'isFinished'> = {
  moved: 0,
  kept: 0,
  skipped: 0,
  pass: 1,
  lookedUntil: null,
  passDone: 0,
  passHeld: 0,
  passSkipped: 0,
};
const NOTHING: BatchResult = { moved: 0, kept: 0, held: 0, skipped: 0, until: 'z', isEnd: true };

const run = (...batches: Partial<BatchResult>[]): MigrationProgress =>
  batches.reduce<MigrationProgress>((progress, batch) => advance(progress, { ...NOTHING, ...batch }), {
    ...STARTED,
    isFinished: false,
  });

describe('advance', () => {
  it('adds up the results of batches', () => {
    expect(run({ moved: 3, kept: 2, held: 1, skipped: 4, until: 'c', isEnd: false })).toEqual({
      moved: 3,
      kept: 2,
      skipped: 0,
      pass: 1,
      lookedUntil: 'c',
      passDone: 5,
      passHeld: 1,
      passSkipped: 4,
      isFinished: false,
    });
    expect(run({ moved: 1, until: 'c', isEnd: false }, { kept: 1, until: 'f', isEnd: false })).toMatchObject({
      moved: 1,
      kept: 1,
      passDone: 2,
      lookedUntil: 'f',
    });
  });

  it('starts another pass after a pass that found tickets to migrate', () => {
    for (const found of [{ moved: 1 }, { kept: 1 }, { held: 1 }]) {
      const { moved, kept } = { ...NOTHING, ...found };
      const progress = run({ ...found, until: 'c', isEnd: false }, { skipped: 2 });
      expect(progress).toEqual({ ...STARTED, moved, kept, skipped: 2, pass: 2, isFinished: false });
    }
  });

  it('finishes after a pass that found none, even if some tickets cannot be migrated', () => {
    expect(run({ moved: 1, until: 'c', isEnd: false }, { skipped: 1 }, { skipped: 3, isEnd: false }, {})).toMatchObject(
      {
        moved: 1,
        skipped: 3,
        pass: 2,
        isFinished: true,
      },
    );
    expect(run({})).toMatchObject({ moved: 0, kept: 0, pass: 1, isFinished: true });
  });
});
