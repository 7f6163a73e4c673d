import type { Requirement, TransitionKind } from '../../machine/compiled-workflow';
import type { Move } from './lines';
import { noteOf } from './note';

const move = (kind: TransitionKind, ...requires: Requirement[]): Move => ({ from: 'a', to: 'b', kind, requires });

describe('noteOf', () => {
  it.each([
    [move('forward'), undefined, ''],
    [move('forward', 'reason', 'artifacts'), undefined, 'reason + artifacts'],
    [move('block'), move('resume'), ''],
    [move('block', 'reason'), move('resume', 'reason'), 'reason'],
    [move('block', 'reason'), move('resume'), 'block: reason'],
    [move('forward'), move('regression', 'artifacts'), 'regression: artifacts'],
    [move('block', 'reason'), move('resume', 'artifacts'), 'block: reason, resume: artifacts'],
  ])('says what %j and %j require: %s', (there, back, note) => {
    expect(noteOf({ there, back })).toBe(note);
  });
});
