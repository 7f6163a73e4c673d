import fc from 'fast-check';
import { soundDraft } from '../../prove/model/drafts';
import { SDLC, written } from '../../prove/model/workflow';
import { lintWorkflow } from '../../src/machine/lint';
import { hasErrors } from '../../src/machine/lint-finding';
import { SDLC as BUILT_IN } from '../../src/machine/sdlc';
import { completeWorkflow } from '../../src/machine/workflow';

describe('the workflows that the model is tried on', () => {
  it('are sound, whatever chance makes of them', () => {
    fc.assert(
      fc.property(soundDraft, (draft) => {
        expect(hasErrors(lintWorkflow(draft))).toBe(false);
      }),
    );
  });

  it('mean what they mean to the application', () => {
    fc.assert(
      fc.property(soundDraft, (draft) => {
        const { version: _, ...workflow } = written('any', 1, draft);
        expect(workflow).toEqual(completeWorkflow({ key: 'any', ...draft }));
      }),
    );
  });

  it('begin with the built-in one, as it is described', () => {
    const { version: _, ...workflow } = SDLC;
    expect({ ...workflow, transitions: sorted(workflow.transitions) }).toEqual({
      ...BUILT_IN,
      transitions: sorted(BUILT_IN.transitions),
    });
  });
});

function sorted(transitions: readonly object[]): string[] {
  return transitions.map((transition) => JSON.stringify(transition)).sort();
}
